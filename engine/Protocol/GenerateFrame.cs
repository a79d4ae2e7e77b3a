using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>
/// One line of the answer to <c>POST /api/generate</c>: progress, tokens, a depth probe, the final report, or an error. The order of the
/// properties is the order on the wire. Durations are in nanoseconds.
/// </summary>
internal sealed record GenerateFrame
{
    /// <summary>The model's name.</summary>
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>When the line was written. Settable, as <see cref="Response"/>: the server uses one object for all frames of
    /// tokens.</summary>
    [JsonPropertyName("created_at")]
    public DateTimeOffset? CreatedAt { get; set; }

    /// <summary>The text of the tokens.</summary>
    [JsonPropertyName("response")]
    public string? Response { get; set; }

    /// <summary>Whether this is the final frame.</summary>
    [JsonPropertyName("done")]
    public bool? Done { get; init; }

    /// <summary>Why the answer ended: <c>stop</c>, <c>length</c>, <c>load</c> or <c>unload</c>.</summary>
    [JsonPropertyName("done_reason")]
    public string? DoneReason { get; init; }

    /// <summary>From the request's arrival to this frame.</summary>
    [JsonPropertyName("total_duration")]
    public long? TotalNanoseconds { get; init; }

    /// <summary>Loading the model.</summary>
    [JsonPropertyName("load_duration")]
    public long? LoadNanoseconds { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    [JsonPropertyName("prompt_eval_count")]
    public int? PromptTokens { get; init; }

    /// <summary>Of those, from the prompt cache or from a saved state.</summary>
    [JsonPropertyName("prompt_eval_cached_count")]
    public int? CachedPromptTokens { get; init; }

    /// <summary>Computing the prompt tokens that were not cached or skipped.</summary>
    [JsonPropertyName("prompt_eval_duration")]
    public long? PrefillNanoseconds { get; init; }

    /// <summary>Tokens generated.</summary>
    [JsonPropertyName("eval_count")]
    public int? OutputTokens { get; init; }

    /// <summary>From the first token to the last: one step less than tokens.</summary>
    [JsonPropertyName("eval_duration")]
    public long? GenerationNanoseconds { get; init; }

    /// <summary>The fields that Ollama does not have.</summary>
    [JsonPropertyName(EmbeddedProtocol.ObjectName)]
    public FrameExtension? Extension { get; init; }

    /// <summary>What went wrong after the stream had begun.</summary>
    [JsonPropertyName("error")]
    public string? Error { get; init; }
}

/// <summary>The object <c>memory_wall</c> of a frame. A frame has only the fields of its kind.</summary>
internal sealed record FrameExtension
{
    /// <summary>Prompt tokens computed so far.</summary>
    [JsonPropertyName(EmbeddedProtocol.PromptProgress)]
    public PromptProgress? PromptProgress { get; init; }

    /// <summary>When each token of the frame was chosen, counted from the start of prefill. Settable: the server uses one object for all
    /// frames of tokens.</summary>
    [JsonPropertyName("elapsed_ns")]
    public List<long>? TokenTimes { get; set; }

    /// <summary>One depth of an incremental pass.</summary>
    [JsonPropertyName("probe")]
    public DepthProbe? Probe { get; init; }

    /// <summary>Waiting for requests that came before.</summary>
    [JsonPropertyName("queue_ns")]
    public long? QueueNanoseconds { get; init; }

    /// <summary>Loading the model.</summary>
    [JsonPropertyName("load_ns")]
    public long? LoadNanoseconds { get; init; }

    /// <summary>Inside llama.cpp for the prompt.</summary>
    [JsonPropertyName("prefill_ns")]
    public long? NativePrefillNanoseconds { get; init; }

    /// <summary>Inside llama.cpp for the tokens after the first.</summary>
    [JsonPropertyName("generation_ns")]
    public long? NativeGenerationNanoseconds { get; init; }

    /// <summary>Prompt tokens from the prompt cache or from a saved state.</summary>
    [JsonPropertyName("cached_prompt_tokens")]
    public int? CachedPromptTokens { get; init; }

    /// <summary>Prompt tokens, from the first, that were not computed; absent where all were.</summary>
    [JsonPropertyName("jumped_prompt_tokens")]
    public int? SkippedPromptTokens { get; init; }

    /// <summary>Giving those their cells.</summary>
    [JsonPropertyName("jump_ns")]
    public long? SkippedPrefillNanoseconds { get; init; }

    /// <summary>Bytes of the KV cache that were filled with random values for that.</summary>
    [JsonPropertyName("jump_filled_bytes")]
    public long? SyntheticKvBytes { get; init; }

    /// <summary>Tokens of the prompt as it was sent; absent where it was not cut.</summary>
    [JsonPropertyName("prompt_tokens_sent")]
    public int? PromptTokensSent { get; init; }

    /// <summary>The storage tier; absent without one.</summary>
    [JsonPropertyName(EmbeddedProtocol.Tier)]
    public TierReport? Tier { get; init; }

    /// <summary>The context window of the loaded model, in tokens.</summary>
    [JsonPropertyName("window_tokens")]
    public int? WindowTokens { get; init; }

    /// <summary>Weights in memory.</summary>
    [JsonPropertyName("weights_bytes")]
    public long? WeightsBytes { get; init; }

    /// <summary>The KV cache.</summary>
    [JsonPropertyName("kv_bytes")]
    public long? KvBytes { get; init; }

    /// <summary>Compute buffers.</summary>
    [JsonPropertyName("compute_bytes")]
    public long? ComputeBytes { get; init; }

    /// <summary>Threads for generation.</summary>
    [JsonPropertyName("threads")]
    public int? Threads { get; init; }

    /// <summary>Threads for prefill.</summary>
    [JsonPropertyName("threads_batch")]
    public int? PrefillThreads { get; init; }

    /// <summary>Prompt tokens that are computed at once.</summary>
    [JsonPropertyName("batch_tokens")]
    public int? BatchTokens { get; init; }

    /// <summary>Whether weights were repacked.</summary>
    [JsonPropertyName("repack")]
    public bool? Repack { get; init; }
}

/// <summary>Prompt tokens that are done.</summary>
internal sealed record PromptProgress
{
    [JsonPropertyName("done")]
    public int? Done { get; init; }

    [JsonPropertyName("total")]
    public int? Total { get; init; }

    /// <summary>Counted from the start of prefill.</summary>
    [JsonPropertyName("elapsed_ns")]
    public long? ElapsedNanoseconds { get; init; }
}

/// <summary>One depth of an incremental pass. Prefill is the sum from the first token of the prompt on, without what was generated; with
/// <c>probe_batch</c> it is of the tokens that were computed.</summary>
internal sealed record DepthProbe
{
    [JsonPropertyName("depth")]
    public int? Depth { get; init; }

    /// <summary>Tokens, from the first, that were not computed.</summary>
    [JsonPropertyName("jumped_prompt_tokens")]
    public int? SkippedPromptTokens { get; init; }

    /// <summary>Giving those their cells, since the depth before.</summary>
    [JsonPropertyName("jump_ns")]
    public long? SkippedPrefillNanoseconds { get; init; }

    /// <summary>Computing the others.</summary>
    [JsonPropertyName("prompt_eval_duration")]
    public long? PrefillNanoseconds { get; init; }

    /// <summary>Of that, inside llama.cpp.</summary>
    [JsonPropertyName("prefill_ns")]
    public long? NativePrefillNanoseconds { get; init; }

    [JsonPropertyName("eval_count")]
    public int? OutputTokens { get; init; }

    /// <summary>From the first token to the last: one step less than tokens.</summary>
    [JsonPropertyName("eval_duration")]
    public long? GenerationNanoseconds { get; init; }

    /// <summary>Inside llama.cpp for the tokens after the first.</summary>
    [JsonPropertyName("generation_ns")]
    public long? NativeGenerationNanoseconds { get; init; }

    [JsonPropertyName("done_reason")]
    public string? DoneReason { get; init; }

    [JsonPropertyName("queue_ns")]
    public long? QueueNanoseconds { get; init; }

    [JsonPropertyName("load_ns")]
    public long? LoadNanoseconds { get; init; }
}
