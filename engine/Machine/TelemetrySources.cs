using MemoryWall.Core.Primitives;
using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Machine;

/// <summary>A source of telemetry, as <c>memwall doctor</c> lists it.</summary>
internal sealed record TelemetrySource
{
    public required string Name { get; init; }

    /// <summary>Why this machine does not have it; null where it does.</summary>
    public string? Reason { get; init; }

    /// <summary>What would enable it; null where nothing would, or nothing is needed.</summary>
    public string? Remedy { get; init; }

    /// <summary>How it is read: <c>light</c> with every sample, <c>heavy</c> once a second, <c>blocking</c> on a thread of its own; null
    /// where it is not available.</summary>
    public string? Cost { get; init; }

    /// <summary>What a reading does to the machine; null where it is not available.</summary>
    public string? Intrusion { get; init; }

    /// <summary>The columns that it fills.</summary>
    public IReadOnlyList<TelemetryColumn> Columns { get; init; } = [];

    public bool IsAvailable => Reason is null;
}

/// <summary>Lists what this machine can report about itself during a run.</summary>
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

    private static TelemetrySource Describe(ProbeDiscovery discovery) => new()
    {
        Name = discovery.Name,
        Reason = discovery.Absent?.Reason,
        Remedy = discovery.Absent?.Remedy,
        Cost = discovery.Probe is { } probe ? EnumNames.Name(probe.Cost) : null,
        Intrusion = discovery.Probe?.Intrusion,
        Columns = discovery.Probe?.Columns ?? [],
    };
}
