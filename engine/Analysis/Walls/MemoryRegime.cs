using System.Text.Json.Serialization;

namespace MemoryWall.Analysis.Walls;

/// <summary>Where a trial's memory was, from the readings of its own phases.</summary>
public enum MemoryRegime
{
    /// <summary>Unknown: the trial failed for other reasons, or the server's memory cannot be read.</summary>
    Unknown,

    /// <summary>In fast memory: no relevant part was read from storage during generation.</summary>
    InMemory,

    /// <summary>The managed storage tier streams a part of it from storage by design: this is not a wall.</summary>
    Managed,

    /// <summary>Part of it was read from storage for every token, or is in a slower tier; throughput is more than half of the
    /// expected.</summary>
    Spilling,

    /// <summary>Throughput is half of the expected or less and the server's memory cannot be read: slower for an unknown cause, which is
    /// no wall.</summary>
    Slowed,

    /// <summary>The system moved pages instead of working: throughput is half of the expected or less, or a phase timed out while pages
    /// were moved.</summary>
    Thrashing,

    /// <summary>Memory ran out: the kernel killed the server, or an allocation failed.</summary>
    OutOfMemory,

    /// <summary>The server refused the context for lack of memory.</summary>
    Refused,
}

/// <summary>The regime of one trial with its evidence.</summary>
/// <param name="Trial">The trial's number.</param>
/// <param name="ContextTokens">Its context.</param>
/// <param name="Regime">The regime.</param>
/// <param name="Evidence">The readings that it rests on.</param>
/// <param name="StorageBytesPerToken">Bytes read from storage for each generated token; absent where they cannot be read.</param>
/// <param name="Slowdown">Time per token divided by the time expected at its depth in memory; absent without an expectation.</param>
internal sealed record TrialRegime(
    int Trial, int ContextTokens, MemoryRegime Regime, [property: JsonPropertyName("readings")] RegimeEvidence Evidence,
    double? StorageBytesPerToken, double? Slowdown)
{
    /// <summary>Whether the trial shows evidence that memory did not suffice.</summary>
    [JsonIgnore]
    public bool IsBeyondWall =>
        Regime is MemoryRegime.Spilling or MemoryRegime.Thrashing or MemoryRegime.OutOfMemory or MemoryRegime.Refused;

    /// <summary>Whether other programs can cause what was read: pages that were moved, or memory that ran out, without a limit of the
    /// server's own.</summary>
    public bool CanBeCausedByOthers { get; init; }

    /// <summary>Whether other work on the machine disturbed the trial.</summary>
    public bool HasInterference { get; init; }
}
