using MemoryWall.Core.Plan;

namespace MemoryWall.Core.Trials;

/// <summary>One timed inference at one context, as observed. Rates are not stored; they are computed when a run is read.</summary>
public sealed record Trial
{
    /// <summary>Its number in the run, from 1, in the order in which trials ran. A number is never reused within a run.</summary>
    public required int Number { get; init; }

    /// <summary>Prompt tokens of the plan (N).</summary>
    public required int ContextTokens { get; init; }

    /// <summary>The repetition at this context, from 1; 0 for a warm-up.</summary>
    public required int Repetition { get; init; }

    /// <summary>Concurrent streams while this one ran; 1 for a single stream.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>The number of this stream among them, from 1.</summary>
    public int Stream { get; init; } = 1;

    /// <summary>Output tokens of the plan.</summary>
    public required int OutputTokensAsked { get; init; }

    /// <summary>How the trial reached its context.</summary>
    public SweepMethod Method { get; init; }

    /// <summary>Where the prompt's text came from.</summary>
    public PromptKind PromptKind { get; init; }

    /// <summary>How the prompt was sent; absent where none was, and in files of versions that did not store it.</summary>
    public PromptForm? PromptAs { get; init; }

    /// <summary>The nonce of the prompt; absent where no prompt was built.</summary>
    public string? Nonce { get; init; }

    /// <summary>The context window requested from the target, in tokens (num_ctx).</summary>
    public int? WindowTokens { get; init; }

    /// <summary>The context window that the target reports to have, in tokens; absent where it does not report it.</summary>
    public int? GivenWindowTokens { get; init; }

    /// <summary>Whether the target reports that it dropped tokens of the window; absent where it does not report it.</summary>
    public bool? HasDroppedTokens { get; init; }

    /// <summary>Prompt tokens that the target counted; absent where it does not report them.</summary>
    public int? CountedPromptTokens { get; init; }

    /// <summary>Prompt tokens that the target took from a cache; absent where it does not report them.</summary>
    public int? CachedPromptTokens { get; init; }

    /// <summary>Prompt tokens, from the first, whose prefill was skipped: their KV cells hold synthetic values. Absent where all were
    /// computed.</summary>
    public int? SkippedPromptTokens { get; init; }

    /// <summary>Generated tokens as the target counts them (reasoning included); absent where it does not report them.</summary>
    public int? OutputTokens { get; init; }

    /// <summary>Tokens that speculative decoding drafted; 0 where it drafted none, absent where the target reports no
    /// speculation.</summary>
    public int? DraftTokens { get; init; }

    /// <summary>The part of <see cref="DraftTokens"/> that the model accepted; absent where the target does not report it.</summary>
    public int? AcceptedDraftTokens { get; init; }

    /// <summary>Number of chunks with generated content.</summary>
    public int Chunks { get; init; }

    /// <summary>Separate arrivals of those chunks (<see cref="StreamArrivals"/>); absent in files of schema 1.</summary>
    public int? Arrivals { get; init; }

    /// <summary>Chunks of the first of those arrivals; absent in files of earlier versions.</summary>
    public int? FirstArrivalChunks { get; init; }

    /// <summary>Timings measured by the client.</summary>
    public ClientTimings Client { get; init; } = new();

    /// <summary>Durations that the target reports.</summary>
    public ServerTimings Server { get; init; } = new();

    /// <summary>Durations around the calls of the inference library.</summary>
    public NativeTimings Native { get; init; } = new();

    /// <summary>Why the target stopped, as it reports it (<c>stop</c>, <c>length</c>); absent where it does not.</summary>
    public string? StopReason { get; init; }

    /// <summary>How the trial ended.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>What kind of trial it is on purpose.</summary>
    public TrialFlags Flags { get; init; }

    /// <summary>Names of the doubts that a file of schema 1 states; empty for later schemas, which store only what was observed.</summary>
    internal IReadOnlyList<string> ClaimedDoubts { get; init; } = [];

    /// <summary>Bytes of the KV cache that the target allocated for the window; absent where it does not report them.</summary>
    public long? KvBytes { get; init; }

    /// <summary>Bytes of the compute buffers that the target allocated; absent where it does not report them.</summary>
    public long? ComputeBytes { get; init; }

    /// <summary>Bytes of the model and its context in total, as the target reports them; absent where it does not.</summary>
    public long? ResidentBytes { get; init; }

    /// <summary>The part of <see cref="ResidentBytes"/> in accelerator memory; absent where the target does not report it.</summary>
    public long? AcceleratorBytes { get; init; }

    /// <summary>The server's memory by the counters of the system; absent where they cannot be read (a server on another
    /// machine, or one that no telemetry watched).</summary>
    public TrialMemory? Memory { get; init; }

    /// <summary>The load that the server reports around the trial; absent where it reports none.</summary>
    public ServerLoad? ServerLoad { get; init; }

    /// <summary>What the managed storage tier planned and transferred; absent without a tier.</summary>
    public TierUse? Tier { get; init; }

    // The tier's time is that of copies in memory too.
    internal TimeSpan? KvRestore => Tier?.Resume ?? Session?.RamTime;

    /// <summary>Its place in the conversations of several users; absent for other trials.</summary>
    public SessionTurn? Session { get; init; }
}
