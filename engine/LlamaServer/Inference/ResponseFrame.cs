using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>What the worker hands to the HTTP side, in order.</summary>
internal abstract record ResponseFrame;

/// <summary>Prompt tokens are done.</summary>
internal sealed record ProgressFrame(int Done, int Total, long ElapsedNanoseconds) : ResponseFrame;

/// <summary>A token was chosen; its text may be empty (a part of a letter, a control token).</summary>
internal sealed record TokenFrame(string Text, long ElapsedNanoseconds) : ResponseFrame;

/// <summary>A depth of a growing prompt was probed.</summary>
internal sealed record ProbeFrame : ResponseFrame
{
    public required int Depth { get; init; }

    /// <summary>Tokens, from the first, that were not computed.</summary>
    public required int SkippedPromptTokens { get; init; }

    /// <summary>Taking their cells, since the depth before.</summary>
    public required long SkippedPrefillNanoseconds { get; init; }

    /// <summary>Computing the others, since the first token of the prompt.</summary>
    public required long PrefillNanoseconds { get; init; }

    /// <summary>Of that, inside llama.cpp.</summary>
    public required long NativePrefillNanoseconds { get; init; }

    public required int OutputTokens { get; init; }

    /// <summary>From the first token chosen to the last: one step less than tokens.</summary>
    public required long GenerationNanoseconds { get; init; }

    /// <summary>Inside llama.cpp for the tokens after the first.</summary>
    public required long NativeGenerationNanoseconds { get; init; }

    public required string DoneReason { get; init; }

    public long QueueNanoseconds { get; init; }

    public long LoadNanoseconds { get; init; }
}

/// <summary>The request is done.</summary>
internal sealed record FinalFrame(string DoneReason, RequestReport? Report) : ResponseFrame;

/// <summary>The request failed. As the first frame it becomes an HTTP status.</summary>
internal sealed record FailureFrame(Exception Error) : ResponseFrame;

/// <summary>Counts and durations of one request.</summary>
internal sealed record RequestReport
{
    public long QueueNanoseconds { get; init; }
    public long LoadNanoseconds { get; init; }
    public int PromptTokens { get; init; }
    public int CachedPromptTokens { get; init; }

    /// <summary>Tokens of the prompt as it was sent, where it was cut.</summary>
    public int? PromptTokensSent { get; init; }

    /// <summary>Of those, the first that were not computed.</summary>
    public int SkippedPromptTokens { get; init; }

    /// <summary>Taking their cells.</summary>
    public long SkippedPrefillNanoseconds { get; init; }

    /// <summary>Bytes of the KV cache that were filled with random values for that.</summary>
    public long SyntheticKvBytes { get; init; }

    /// <summary>Computing the others.</summary>
    public long PrefillNanoseconds { get; init; }
    public int OutputTokens { get; init; }

    /// <summary>From the first token chosen to the last: one step less than tokens.</summary>
    public long GenerationNanoseconds { get; init; }

    /// <summary>Inside llama.cpp for the prompt.</summary>
    public long NativePrefillNanoseconds { get; init; }

    /// <summary>Inside llama.cpp for the tokens after the first.</summary>
    public long NativeGenerationNanoseconds { get; init; }

    /// <summary>What the storage tier did; null without one.</summary>
    public TierUsage? Tier { get; init; }
}
