using System.Runtime.Versioning;
using MemoryWall.Telemetry.Gpu;

namespace MemoryWall.Telemetry.Windows;

/// <summary>All probes of a Windows machine. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsProbes
{
    public static IReadOnlyList<ProbeOffer> Offer(ServerWatch watch) =>
    [
        ProbeOffer.Of(new ServerProcessProbe(watch, WindowsProcess.TryOpen, WindowsProcess.Columns, "three calls of the kernel for each process of the server")),
        ProbeOffer.Of(new WindowsHostProbe()),
        ProbeOffer.Try("performance_counters", () => PerformanceCounterProbe.Offer(new SystemPerformanceCounters(), Environment.SystemPageSize)),
        ProbeOffer.Try("sensors", () => SensorProbe.Offer(SensorSources.TryOpen)),
        ProbeOffer.Try("nvml", () => NvmlProbe.Offer(watch)),
    ];
}
