using MemoryWall.Core.Plan;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Serving;

/// <summary>What a server serves, where it lies and how fast it was at the start.</summary>
internal sealed record ServedFacts
{
    /// <summary>The name under which the model is served.</summary>
    public required string Name { get; init; }

    /// <summary>The address on which this machine reaches the server.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The context window, in tokens.</summary>
    public required int WindowTokens { get; init; }

    /// <summary>What the load allocated, and the plan of the tier.</summary>
    public required LoadReport Load { get; init; }

    /// <summary>Generated tokens per second after a short prompt, measured at the start; null where it was not measured.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>The memory cap of the server; null for none.</summary>
    public CapPlan? Cap { get; init; }

    /// <summary>Bytes that each token reads from storage while the window is full; null without a tier.</summary>
    public long? StreamedBytesPerToken => Load.Tier is { } tier ? (tier.StreamedWeightBytes ?? 0) + (tier.StreamedKvBytes ?? 0) : null;

    /// <summary>The rate that the storage permits while the window is full: its bandwidth divided by the bytes that each token reads; null
    /// where nothing is streamed or the bandwidth is not known.</summary>
    public double? StorageTokensPerSecond =>
        Load.Tier?.DirectReadBytesPerSecond is { } bandwidth && StreamedBytesPerToken is > 0 and var bytes
            ? (double)bandwidth / bytes
            : null;

    /// <summary>Bytes of experts that a token would read from storage if all experts were used alike; null where none is on
    /// storage.</summary>
    public long? EvenExpertBytesPerToken =>
        Load.Tier is { ExpertBytes: > 0 and var all, ExpertBytesPerToken: { } used, StoredExpertBytes: > 0 and var stored }
            ? (long)((double)used * stored / all)
            : null;

    /// <summary>Whether the model and its cache need more memory than the cap permits and no tier keeps the rest on storage.</summary>
    public bool ExceedsCap => Load.Tier is null && Load.ResidentBytes > Cap?.Bytes;
}
