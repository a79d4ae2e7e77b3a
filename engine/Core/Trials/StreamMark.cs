using MemoryWall.Core.Time;

namespace MemoryWall.Core.Trials;

/// <summary>The kind of a mark in a trial's stream.</summary>
internal enum MarkKind
{
    /// <summary>A progress report of the prefill.</summary>
    Prefill,

    /// <summary>A chunk with generated content.</summary>
    Chunk,

    /// <summary>A chunk with reasoning content.</summary>
    Reasoning,
}

/// <summary>One event of a trial's stream. It is stamped on arrival, before it is parsed.</summary>
/// <param name="Kind">What arrived.</param>
/// <param name="Tokens">
/// For <see cref="MarkKind.Prefill"/> the prompt tokens computed so far, otherwise the tokens in this chunk. Absent where the target does
/// not report it (a chunk is not a token).
/// </param>
/// <param name="Arrived">When its last byte arrived, on the run's clock.</param>
/// <param name="Native">
/// When the work was done on the target's own clock, counted from the start of its prefill; absent where it does not report it.
/// </param>
internal readonly record struct StreamMark(MarkKind Kind, int? Tokens, Instant Arrived, TimeSpan? Native);
