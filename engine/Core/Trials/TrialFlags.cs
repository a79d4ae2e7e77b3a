namespace MemoryWall.Core.Trials;

/// <summary>Reasons to doubt a trial, or to read it with care. Shown in every table and chart; more than one may hold.</summary>
[Flags]
public enum TrialFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A warm-up: run and stored, left out of every figure.</summary>
    Warmup = 1 << 0,

    /// <summary>Fewer tokens were generated than asked for.</summary>
    EarlyStop = 1 << 1,

    /// <summary>Too few tokens, or no time, to derive a generation rate.</summary>
    TooShortForRate = 1 << 2,

    /// <summary>The target reported prompt tokens taken from a cache, more than the few that a chat template begins with.</summary>
    CacheHit = 1 << 3,

    /// <summary>Prefill was implausibly fast: a cache hit that the target does not report is suspected.</summary>
    SuspectedCacheHit = 1 << 4,

    /// <summary>A prompt cache was used on purpose.</summary>
    WarmPrefix = 1 << 5,

    /// <summary>The request waited behind another one.</summary>
    Queued = 1 << 6,

    /// <summary>The target gave less context than was asked for.</summary>
    ContextCapped = 1 << 7,

    /// <summary>The target did not report its own count of the prompt's tokens: N rests on our count alone.</summary>
    CountUnreported = 1 << 8,

    /// <summary>The model was loaded again inside the timed request.</summary>
    Reloaded = 1 << 9,

    /// <summary>Client clock and server report disagree by more than their tolerance.</summary>
    ClocksDisagree = 1 << 10,

    /// <summary>Depth was reached without computing attention.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("sampled")]
    SyntheticDepth = 1 << 11,

    /// <summary>Other work on the machine disturbed the trial.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("disturbed")]
    Interference = 1 << 12,

    /// <summary>Other streams ran at the same time, on purpose.</summary>
    Concurrent = 1 << 13,

    /// <summary>Reasoning tokens came before the first content token.</summary>
    Reasoning = 1 << 14,

    /// <summary>The target was restarted since the trial before.</summary>
    AfterRestart = 1 << 15,

    /// <summary>The server worked for other requests at the same time, by its own account.</summary>
    SharedServer = 1 << 16,

    /// <summary>The storage tier was slowed down to stand for another device.</summary>
    Emulated = 1 << 17,

    /// <summary>The answer came all at once or in a few large pieces, and the target reports no durations: arrival tells nothing of when
    /// tokens were made.</summary>
    Buffered = 1 << 18,
}
