using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>
/// The object <c>memory_wall</c> of a frame. A frame has only the fields of its kind, and the others are absent: progress, tokens, a depth
/// probe, or the final report. Durations are in nanoseconds. Names that begin with <c>jump</c> are the wire names of skipped prefill.
/// </summary>
internal sealed record FrameExtension
{
    // Frames during prefill.

    /// <summary>Prompt tokens computed so far.</summary>
    [JsonPropertyName(EmbeddedProtocol.PromptProgress)]
    public PromptProgress? PromptProgress { get; init; }

    // Frames with tokens.

    /// <summary>When each token of the frame was sampled, in nanoseconds since the start of prefill. The wire name is that of
    /// <see cref="Protocol.PromptProgress.ElapsedNanoseconds"/>. Settable, because the server reuses one object for all frames with
    /// tokens.</summary>
    [JsonPropertyName("elapsed_ns")]
    public List<long>? TokenTimes { get; set; }

    // Frames of an incremental pass.

    /// <summary>The report of one depth.</summary>
    [JsonPropertyName("probe")]
    public DepthProbe? Probe { get; init; }

    // The final report: times and counts.

    /// <summary>Time in the queue after earlier requests.</summary>
    [JsonPropertyName("queue_ns")]
    public long? QueueNanoseconds { get; init; }

    /// <summary>Time inside llama.cpp to convert the prompt's text to tokens; absent where it was sent as token ids.</summary>
    [JsonPropertyName("tokenize_ns")]
    public long? TokenizeNanoseconds { get; init; }

    /// <summary>Time from the end of prefill until the first token was sampled.</summary>
    [JsonPropertyName("first_token_ns")]
    public long? FirstTokenNanoseconds { get; init; }

    /// <summary>Time to load the model or its context, as <see cref="GenerateFrame.LoadNanoseconds"/>, and also in the answer to a
    /// load.</summary>
    [JsonPropertyName("load_ns")]
    public long? LoadNanoseconds { get; init; }

    /// <summary>Time inside llama.cpp for prefill.</summary>
    [JsonPropertyName("prefill_ns")]
    public long? NativePrefillNanoseconds { get; init; }

    /// <summary>Time inside llama.cpp for the tokens after the first.</summary>
    [JsonPropertyName("generation_ns")]
    public long? NativeGenerationNanoseconds { get; init; }

    /// <summary>Prompt tokens from the prompt cache or from a saved state.</summary>
    [JsonPropertyName("cached_prompt_tokens")]
    public int? CachedPromptTokens { get; init; }

    /// <summary>Tokens at the start of the prompt whose prefill was skipped; absent where none was.</summary>
    [JsonPropertyName("jumped_prompt_tokens")]
    public int? SkippedPromptTokens { get; init; }

    /// <summary>Time to fill the KV cells of the skipped tokens; absent where none was skipped.</summary>
    [JsonPropertyName("jump_ns")]
    public long? SkippedPrefillNanoseconds { get; init; }

    /// <summary>Bytes of the KV cache that were filled with random values for the skipped tokens; absent where none was skipped.</summary>
    [JsonPropertyName("jump_filled_bytes")]
    public long? SyntheticKvBytes { get; init; }

    /// <summary>Tokens of the prompt before it was truncated; absent where it was not.</summary>
    [JsonPropertyName("prompt_tokens_sent")]
    public int? PromptTokensSent { get; init; }

    /// <summary>The report of the storage tier; absent without one.</summary>
    [JsonPropertyName(EmbeddedProtocol.Tier)]
    public TierReport? Tier { get; init; }

    /// <summary>What the cache of conversations did; absent where the request keeps none.</summary>
    [JsonPropertyName("conversation")]
    public ConversationReport? Conversation { get; init; }

    /// <summary>The ids of the answer's tokens; absent where they were not requested.</summary>
    [JsonPropertyName(EmbeddedProtocol.AnswerTokens)]
    public IReadOnlyList<int>? AnswerTokens { get; init; }

    // The final report: the loaded model, absent where none is loaded.

    /// <summary>The context window, in tokens.</summary>
    [JsonPropertyName("window_tokens")]
    public int? WindowTokens { get; init; }

    /// <summary>Bytes of the weights in memory.</summary>
    [JsonPropertyName("weights_bytes")]
    public long? WeightsBytes { get; init; }

    /// <summary>Bytes of the KV cache.</summary>
    [JsonPropertyName("kv_bytes")]
    public long? KvBytes { get; init; }

    /// <summary>Bytes of the compute buffers.</summary>
    [JsonPropertyName("compute_bytes")]
    public long? ComputeBytes { get; init; }

    /// <summary>Threads for generation.</summary>
    [JsonPropertyName("threads")]
    public int? Threads { get; init; }

    /// <summary>Threads for prefill. The wire name is from llama.cpp, which has <c>n_threads_batch</c>.</summary>
    [JsonPropertyName("threads_batch")]
    public int? PrefillThreads { get; init; }

    /// <summary>The prefill batch, in tokens.</summary>
    [JsonPropertyName("batch_tokens")]
    public int? BatchTokens { get; init; }

    /// <summary>Whether llama.cpp repacked the weights.</summary>
    [JsonPropertyName("repack")]
    public bool? Repack { get; init; }
}

/// <summary>The progress of prefill after a batch.</summary>
internal sealed record PromptProgress
{
    /// <summary>Prompt tokens in the KV cache so far.</summary>
    [JsonPropertyName("done")]
    public int? Done { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    [JsonPropertyName("total")]
    public int? Total { get; init; }

    /// <summary>Time since the start of prefill, in nanoseconds.</summary>
    [JsonPropertyName("elapsed_ns")]
    public long? ElapsedNanoseconds { get; init; }
}

/// <summary>The report of one depth of an incremental pass. Prefill times are sums from the first token of the prompt on, without the
/// generation at earlier depths; with <c>probe_batch</c> they cover only the tokens computed for this depth. Durations are in nanoseconds.
/// Names such as <c>eval_count</c> are those of the same fields of <see cref="GenerateFrame"/>.</summary>
internal sealed record DepthProbe
{
    /// <summary>Prompt tokens before the generation.</summary>
    [JsonPropertyName("depth")]
    public int? Depth { get; init; }

    /// <summary>Tokens at the start of the prompt whose prefill was skipped; 0 for none.</summary>
    [JsonPropertyName("jumped_prompt_tokens")]
    public int? SkippedPromptTokens { get; init; }

    /// <summary>Time to fill the KV cells of the skipped tokens, since the previous depth.</summary>
    [JsonPropertyName("jump_ns")]
    public long? SkippedPrefillNanoseconds { get; init; }

    /// <summary>Time to compute the prompt tokens that were not skipped.</summary>
    [JsonPropertyName("prompt_eval_duration")]
    public long? PrefillNanoseconds { get; init; }

    /// <summary>The part of <see cref="PrefillNanoseconds"/> inside llama.cpp.</summary>
    [JsonPropertyName("prefill_ns")]
    public long? NativePrefillNanoseconds { get; init; }

    /// <summary>Tokens generated at this depth.</summary>
    [JsonPropertyName("eval_count")]
    public int? OutputTokens { get; init; }

    /// <summary>Time from the first generated token to the last, which is <see cref="OutputTokens"/> − 1 intervals.</summary>
    [JsonPropertyName("eval_duration")]
    public long? GenerationNanoseconds { get; init; }

    /// <summary>Time inside llama.cpp for the tokens after the first.</summary>
    [JsonPropertyName("generation_ns")]
    public long? NativeGenerationNanoseconds { get; init; }

    /// <summary>Why generation ended at this depth: <c>stop</c> or <c>length</c>.</summary>
    [JsonPropertyName("done_reason")]
    public string? DoneReason { get; init; }

    /// <summary>Time of the request in the queue; the same at every depth.</summary>
    [JsonPropertyName("queue_ns")]
    public long? QueueNanoseconds { get; init; }

    /// <summary>Time to load the model or its context; the same at every depth.</summary>
    [JsonPropertyName("load_ns")]
    public long? LoadNanoseconds { get; init; }
}
