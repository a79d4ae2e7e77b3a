using System.Runtime.Versioning;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Probes.Mac;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Mac;

namespace MemoryWall.Machine;

/// <summary>All probes of a Mac. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("macos")]
internal static class MacProbes
{
    public static IReadOnlyList<ProbeDiscovery> Discover(ServerWatch watch) =>
    [
        ProbeDiscovery.Found(
            new ServerProcessProbe(watch, MacProcessReader.TryOpen, MacProcessReader.Columns,
                "one call of the kernel for each process of the server")),
        MacHostProbe.Discover(),
        ProbeDiscovery.Missing("power", "macOS shows power only to powermetrics, which needs root and is not used"),
    ];
}
