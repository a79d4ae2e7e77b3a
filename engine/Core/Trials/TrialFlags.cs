using System.Text.Json.Serialization;

namespace MemoryWall.Core.Trials;

/// <summary>Reasons to doubt a trial or to treat it with care. Every table and chart shows them; a trial may have several.</summary>
[Flags]
public enum TrialFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A warm-up: run and stored, excluded from every figure.</summary>
    Warmup = 1 << 0,

    /// <summary>Fewer tokens were generated than requested.</summary>
    EarlyStop = 1 << 1,

    /// <summary>Too few tokens, or too little time, to compute a generation rate.</summary>
    TooShortForRate = 1 << 2,

    /// <summary>The target reports more cached prompt tokens than the few at the start of a chat template.</summary>
    CacheHit = 1 << 3,

    /// <summary>Prefill was implausibly fast, which suggests a cache hit that the target does not report.</summary>
    SuspectedCacheHit = 1 << 4,

    /// <summary>The prompt cache was used on purpose.</summary>
    WarmPrefix = 1 << 5,

    /// <summary>The request waited for another request.</summary>
    Queued = 1 << 6,

    /// <summary>The target gave a smaller context than requested.</summary>
    ContextCapped = 1 << 7,

    /// <summary>The target did not report its own count of the prompt tokens: N is our own count.</summary>
    CountUnreported = 1 << 8,

    /// <summary>The model was loaded again within the timed request.</summary>
    Reloaded = 1 << 9,

    /// <summary>The client's timings and those that the server reports differ by more than the tolerance.</summary>
    ClocksDisagree = 1 << 10,

    /// <summary>The prefill was skipped, except for the last batch: the KV cache holds synthetic values.</summary>
    [JsonStringEnumMemberName("sampled")]
    SyntheticDepth = 1 << 11,

    /// <summary>Other work on the machine interfered with the trial.</summary>
    [JsonStringEnumMemberName("disturbed")]
    Interference = 1 << 12,

    /// <summary>Other streams of the plan ran at the same time.</summary>
    Concurrent = 1 << 13,

    /// <summary>Reasoning tokens arrived before the first content token.</summary>
    Reasoning = 1 << 14,

    /// <summary>The target was restarted after the previous trial.</summary>
    AfterRestart = 1 << 15,

    /// <summary>The server reports that it processed other requests at the same time.</summary>
    SharedServer = 1 << 16,

    /// <summary>The storage tier emulated a slower device.</summary>
    Emulated = 1 << 17,

    /// <summary>The response arrived at once or in a few large pieces, and the target reports no durations: the arrival times say nothing
    /// about when tokens were generated.</summary>
    Buffered = 1 << 18,
}
