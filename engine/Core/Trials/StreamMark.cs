using MemoryWall.Core.Time;

namespace MemoryWall.Core.Trials;

/// <summary>What a mark in a trial's stream is.</summary>
public enum MarkKind
{
    /// <summary>A report that prompt tokens have been computed.</summary>
    Prefill,

    /// <summary>A chunk with generated content.</summary>
    Chunk,

    /// <summary>A chunk with reasoning content.</summary>
    Reasoning,
}

/// <summary>One event of a trial's stream, stamped on arrival before it was parsed.</summary>
/// <param name="Kind">What arrived.</param>
/// <param name="Tokens">
/// For <see cref="MarkKind.Prefill"/> the prompt tokens done so far; else the tokens in this chunk, absent where the target does not
/// tell (a chunk is not a token).
/// </param>
/// <param name="Arrived">When its last byte arrived, on the run's clock.</param>
/// <param name="Native">
/// When the target's own clock saw the work done, counted from the start of its prefill; absent where it does not tell.
/// </param>
public readonly record struct StreamMark(MarkKind Kind, int? Tokens, Instant Arrived, TimeSpan? Native);
