using System.Runtime.Versioning;

namespace MemoryWall.Telemetry.Mac;

/// <summary>All probes of a Mac. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("macos")]
internal static class MacProbes
{
    public static IReadOnlyList<ProbeOffer> Offer(ServerWatch watch) =>
    [
        ProbeOffer.Of(new ServerProcessProbe(watch, MacProcess.TryOpen, MacProcess.Columns, "one call of the kernel for each process of the server")),
        ProbeOffer.Of(new MacHostProbe()),
        ProbeOffer.Missing("power", "macOS shows power only to powermetrics, which needs root and is not asked"),
    ];
}
