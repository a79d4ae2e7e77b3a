using MemoryWall.Core;
using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Machine;

/// <summary>A source of telemetry, as <c>memwall doctor</c> lists it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsAvailable">Whether this machine gives it.</param>
/// <param name="Reason">Why it is not available; null where it is.</param>
/// <param name="Remedy">What would enable it; null where nothing would, or nothing is needed.</param>
/// <param name="Cost">How it is read: <c>light</c> with every sample, <c>heavy</c> once a second, <c>blocking</c> on a thread of its own;
/// null where it is not available.</param>
/// <param name="Intrusion">What reading it does to the machine; null where it is not available.</param>
/// <param name="Columns">The columns that it fills.</param>
internal sealed record TelemetrySource(string Name, bool IsAvailable, string? Reason, string? Remedy, string? Cost, string? Intrusion,
    IReadOnlyList<TelemetryColumn> Columns);

/// <summary>What this machine tells of itself while a run goes on.</summary>
internal static class TelemetrySources
{
    /// <summary>Looks for every source of this system without starting to sample. Takes some milliseconds; never throws.</summary>
    /// <param name="options">Options that add sources; null for the defaults.</param>
    public static IReadOnlyList<TelemetrySource> Describe(SamplerOptions? options = null)
    {
        using var watch = new ServerWatch(ProcessTables.TryOpen());
        var (discoveries, _) = PlatformProbes.Discover(options ?? new SamplerOptions(), watch);
        var sources = discoveries.Select(Describe).ToList();
        foreach (var discovery in discoveries)
            discovery.Probe?.Dispose();
        return sources;
    }

    private static TelemetrySource Describe(ProbeDiscovery discovery) => discovery.Probe is { } probe
        ? new TelemetrySource(discovery.Name, true, null, null, EnumNames.Name(probe.Cost), probe.Intrusion, probe.Columns)
        : new TelemetrySource(discovery.Name, false, discovery.Absent?.Reason, discovery.Absent?.Remedy, null, null, []);
}
