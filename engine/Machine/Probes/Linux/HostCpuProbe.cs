using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>CPU time of the machine, in all and by logical processor.</summary>
internal static class HostCpuProbe
{
    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        if (CpuStatFile.TryOpen(root, out var reason) is not { } cpu)
            return ProbeDiscovery.Missing("host_cpu", reason);
        var probe = new ColumnProbe("host_cpu", cpu) { Intrusion = "reads one file of /proc", Update = cpu.Read }
            .Counter("host_cpu_busy_seconds_total",
                "CPU time spent working, all processors, without steal and waiting for I/O.", () => cpu.BusySeconds)
            .Counter("host_cpu_user_seconds_total", "CPU time in programs, low priority included.", () => cpu.UserSeconds)
            .Counter("host_cpu_system_seconds_total", "CPU time in the kernel, interrupts included.", () => cpu.SystemSeconds)
            .Counter("host_cpu_iowait_seconds_total",
                "Idle CPU time while a task of that processor waited for a disk; a hint, not a measure.", () => cpu.IowaitSeconds)
            .Counter("host_cpu_steal_seconds_total",
                "CPU time that the hypervisor gave to others while work was ready here.", () => cpu.StealSeconds)
            .Counter("host_context_switches_total", "Context switches, all processors.", () => cpu.ContextSwitches)
            .Gauge("host_runnable_tasks", "Tasks running or ready to run.", () => cpu.RunnableTasks)
            .Gauge("host_blocked_tasks", "Tasks waiting for a disk.", () => cpu.BlockedTasks);
        for (var i = 0; i < cpu.CoreCount; i++)
        {
            var core = i;
            probe.Counter(FormattableString.Invariant($"cpu{core}_busy_seconds_total"),
                "CPU time spent working on this logical processor.", () => cpu.CoreBusySeconds(core));
        }
        return ProbeDiscovery.Found(probe);
    }
}
