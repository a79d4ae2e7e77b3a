using System.Runtime.Versioning;
using MemoryWall.Machine.Windows;

namespace MemoryWall.Machine.Probes.Windows;

/// <summary>CPU time and memory of a Windows machine. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsHostProbe
{
    private const double TicksPerSecond = 1e7;

    public static ProbeDiscovery Discover()
    {
        (long Idle, long Kernel, long User)? cpu = null;
        WindowsNative.MemoryStatus? memory = null;
        return ProbeDiscovery.Found(new ColumnProbe("host") { Intrusion = "two calls of the kernel", Update = Update }
            .Counter("host_cpu_busy_seconds_total", "CPU time spent working, all processors.",
                () => (cpu?.Kernel + cpu?.User - cpu?.Idle) / TicksPerSecond)
            .Counter("host_cpu_user_seconds_total", "CPU time in programs.", () => cpu?.User / TicksPerSecond)
            .Counter("host_cpu_system_seconds_total", "CPU time in the kernel.", () => (cpu?.Kernel - cpu?.Idle) / TicksPerSecond)
            .Gauge("host_memory_total_bytes", "RAM that Windows manages.", () => memory?.TotalPhysical)
            .Gauge("host_memory_available_bytes", "RAM that is free, zeroed or on standby.", () => memory?.AvailablePhysical)
            .Gauge("host_commit_limit_bytes", "Memory that may be committed: RAM and page files.", () => memory?.TotalPageFile)
            .Gauge("host_commit_available_bytes", "Of that, what is not committed.", () => memory?.AvailablePageFile));

        void Update()
        {
            cpu = WindowsNative.GetSystemTimes(out var idle, out var kernel, out var user) ? (idle, kernel, user) : null;
            memory = WindowsNative.ReadMemoryStatus();
        }
    }
}
