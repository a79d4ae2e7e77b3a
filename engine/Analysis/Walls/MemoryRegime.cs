namespace MemoryWall.Analysis.Walls;

/// <summary>Where a trial's memory lay, by the evidence of its own phases.</summary>
public enum MemoryRegime
{
    /// <summary>Nothing tells; a trial that failed for other reasons, or a server whose memory cannot be seen.</summary>
    Unknown,

    /// <summary>In fast memory: nothing that matters came from storage while it generated.</summary>
    InMemory,

    /// <summary>Part of it is streamed from storage on purpose, by the managed storage tier: no wall, whatever it costs.</summary>
    Managed,

    /// <summary>Part of it came from storage for every token, or lies in a slower tier; more than half of the expected throughput is
    /// left.</summary>
    Spilling,

    /// <summary>Throughput is below half of what the depth explains, and the server's memory cannot be seen.</summary>
    Slowed,

    /// <summary>The system moved pages instead of working: half of the throughput or more is gone, or a phase passed its limit while pages
    /// were moved.</summary>
    Thrashing,

    /// <summary>Memory ran out: the kernel killed the server, or an allocation failed.</summary>
    OutOfMemory,

    /// <summary>The server refused the context for want of memory.</summary>
    Refused,
}

/// <summary>The regime of one trial with what it rests on.</summary>
/// <param name="Trial">The trial's number.</param>
/// <param name="ContextTokens">Its context.</param>
/// <param name="Regime">The regime.</param>
/// <param name="Evidence">The readings, in words.</param>
/// <param name="StorageBytesPerToken">Bytes that came from storage for each token generated; absent where that cannot be seen.</param>
/// <param name="Slowdown">Time per token over the time that is expected at its depth in memory; absent where there is nothing to expect it
/// from.</param>
internal sealed record TrialRegime(int Trial, int ContextTokens, MemoryRegime Regime, string Evidence, double? StorageBytesPerToken,
    double? Slowdown);
