namespace MemoryWall.Core.Trials;

/// <summary>The place of a trial in the conversations of several users, and what the target did with cached prompts meanwhile. Tokens that
/// came from storage are in <see cref="TierUse"/>, and all reused ones in <see cref="Trial.CachedPromptTokens"/>.</summary>
public sealed record SessionTurn
{
    /// <summary>Users of the level.</summary>
    public required int Users { get; init; }

    /// <summary>The user, from 1; for a trace the conversation, numbered by its first request.</summary>
    public required int User { get; init; }

    /// <summary>The turn of the conversation, from 1.</summary>
    public required int Turn { get; init; }

    /// <summary>Prompt tokens, from the first, that an earlier request of the level had too, and that a cache without limits would
    /// have.</summary>
    public required int KnownTokens { get; init; }

    /// <summary>When the request was due, after the start of the level: sooner than it was sent where the user had to wait for an
    /// answer.</summary>
    public TimeSpan Due { get; init; }

    /// <summary>How long the request waited for the requests of others in the server; absent where the target does not report
    /// it.</summary>
    public TimeSpan? Queue { get; init; }

    /// <summary>Reused tokens that came from copies in memory; absent where the target does not report them.</summary>
    public int? RamTokens { get; init; }

    /// <summary>Bytes of those copies; absent where the target does not report them.</summary>
    public long? RamBytes { get; init; }

    /// <summary>How long it took to bring those copies into the context; absent where the target does not report it, and where nothing came
    /// from copies.</summary>
    public TimeSpan? RamTime { get; init; }

    /// <summary>KV caches of conversations that were dropped since the request before; absent where the target does not report
    /// them.</summary>
    public int? Evictions { get; init; }

    /// <summary>Bytes that were written to storage since the request before, to keep conversations; absent where the target does not
    /// report them.</summary>
    public long? SavedBytes { get; init; }

    /// <summary>SHA-256 of the answer's text, to compare systems; absent where there was none.</summary>
    public string? AnswerSha256 { get; init; }

    /// <summary>What <see cref="AnswerPieces"/> names; absent where there was no answer.</summary>
    public AnswerUnit? AnswerUnit { get; init; }

    /// <summary>The pieces of the answer in their order as numbers with blanks between them, at most 1,024: the ids of tokens, or a number
    /// for each different word. They show where two answers begin to differ. Absent where there was no answer.</summary>
    public string? AnswerPieces { get; init; }

    /// <summary>The hidden number that the turn asks for; absent for none.</summary>
    public string? Needle { get; init; }

    /// <summary>Where the number is hidden: the share of the prompt before it, 0 to 1; absent where none is asked for.</summary>
    public double? NeedleDepth { get; init; }

    /// <summary>Whether the answer has the number; absent where none is asked for, or there was no answer.</summary>
    public bool? IsNeedleFound { get; init; }
}

/// <summary>The pieces of an answer.</summary>
public enum AnswerUnit
{
    /// <summary>Tokens, where the target reports the id of each.</summary>
    Token,

    /// <summary>Words, where it does not.</summary>
    Word,
}
