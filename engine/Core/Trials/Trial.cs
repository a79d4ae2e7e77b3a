using MemoryWall.Core.Plan;

namespace MemoryWall.Core.Trials;

/// <summary>One timed inference at one context, as it was seen. Rates are not here: they are views, derived on reading.</summary>
public sealed record Trial
{
    /// <summary>Its place in the run, from 1, in the order run; a number is never used twice in a run.</summary>
    public required int Number { get; init; }

    /// <summary>Prompt tokens asked for (N).</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Which repetition of this context, from 1; 0 for a warm-up.</summary>
    public required int Repetition { get; init; }

    /// <summary>Streams running at once while this one ran; 1 for a trial on its own.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Which of those streams, from 1.</summary>
    public int Stream { get; init; } = 1;

    /// <summary>Output tokens asked for.</summary>
    public required int OutputTokensAsked { get; init; }

    /// <summary>How the context was reached.</summary>
    public SweepMethod Method { get; init; }

    /// <summary>Where the prompt's text came from.</summary>
    public PromptKind PromptKind { get; init; }

    /// <summary>The prompt's nonce; absent where the prompt was never built.</summary>
    public string? Nonce { get; init; }

    /// <summary>The context window asked of the target, in tokens (num_ctx).</summary>
    public int? WindowTokens { get; init; }

    /// <summary>Prompt tokens that the target counted; absent where it did not say.</summary>
    public int? CountedPromptTokens { get; init; }

    /// <summary>Prompt tokens that the target took from a cache; absent where it does not say.</summary>
    public int? CachedPromptTokens { get; init; }

    /// <summary>Prompt tokens, from the first, that took their place in the KV cache without being computed; absent where all were
    /// computed.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("jumped_prompt_tokens")]
    public int? SkippedPromptTokens { get; init; }

    /// <summary>Tokens generated, as the target counts them (reasoning included); absent where it did not say.</summary>
    public int? OutputTokens { get; init; }

    /// <summary>Chunks with generated content that arrived.</summary>
    public int Chunks { get; init; }

    /// <summary>Points on the client's clock.</summary>
    public ClientTimings Client { get; init; } = new();

    /// <summary>Durations reported by the target.</summary>
    public ServerTimings Server { get; init; } = new();

    /// <summary>Durations around the inference library's calls.</summary>
    public NativeTimings Native { get; init; } = new();

    /// <summary>Why the target stopped, in its own word (<c>stop</c>, <c>length</c>); absent where it did not say.</summary>
    public string? StopReason { get; init; }

    /// <summary>How it ended.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>Reasons to read it with care.</summary>
    public TrialFlags Flags { get; init; }

    /// <summary>Bytes of the KV cache that the target allocated for the window; absent where it does not say.</summary>
    public long? KvBytes { get; init; }

    /// <summary>Bytes of the compute buffers that the target allocated; absent where it does not say.</summary>
    public long? ComputeBytes { get; init; }

    /// <summary>Bytes that the target says it holds for the model and its context in all; absent where it does not say.</summary>
    public long? ResidentBytes { get; init; }

    /// <summary>Of <see cref="ResidentBytes"/>, those in accelerator memory; absent where it does not say.</summary>
    public long? AcceleratorBytes { get; init; }

    /// <summary>The server's memory by the system's counters; absent where they could not be read (a server that is not ours).</summary>
    public TrialMemory? Memory { get; init; }

    /// <summary>What the server told of its own work around the trial; absent where it tells nothing.</summary>
    public ServerLoad? ServerLoad { get; init; }

    /// <summary>What the managed storage tier planned and moved; absent where there was none.</summary>
    public TierUse? Tier { get; init; }
}
