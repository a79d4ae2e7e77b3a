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
        PerformanceCounterProbe.Offer(new SystemPerformanceCounters(), Environment.SystemPageSize),
        SensorProbe.Offer(SensorSources.TryOpen),
        NvmlProbe.Offer(watch),
    ];
}
