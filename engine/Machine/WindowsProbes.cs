using System.Runtime.Versioning;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Probes.Gpu;
using MemoryWall.Machine.Probes.Windows;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Windows;

namespace MemoryWall.Machine;

/// <summary>All probes of a Windows machine. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsProbes
{
    public static IReadOnlyList<ProbeDiscovery> Discover(ServerWatch watch) =>
    [
        ProbeDiscovery.Found(
            new ServerProcessProbe(watch, WindowsProcessReader.TryOpen, WindowsProcessReader.Columns,
                "three calls of the kernel for each process of the server")),
        WindowsHostProbe.Discover(),
        ProbeDiscovery.Try("performance_counters",
            () => PerformanceCounterProbe.Discover(new SystemPerformanceCounters(), Environment.SystemPageSize)),
        ProbeDiscovery.Try("sensors", () => SensorProbe.Discover(SensorSources.TryOpen)),
        ProbeDiscovery.Try("nvml", () => NvmlProbe.Discover(watch)),
    ];
}
