using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>
/// One line of the response to <c>POST /api/generate</c>: progress, tokens, a depth probe, the final report (<c>done</c> true), or an
/// error. Counts and durations are only in the final report of a generation; durations are in nanoseconds. The properties are in wire
/// order.
/// </summary>
internal sealed record GenerateFrame
{
    /// <summary>The model's name; absent in an error.</summary>
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>When the line was written; absent in an error. Settable, like <see cref="Response"/>, because the server reuses one object
    /// for all frames with tokens.</summary>
    [JsonPropertyName("created_at")]
    public DateTimeOffset? CreatedAt { get; set; }

    /// <summary>The text of the frame's tokens; in a response that is not a stream, the whole text. Empty where there is none.</summary>
    [JsonPropertyName("response")]
    public string? Response { get; set; }

    /// <summary>Whether this is the final frame; absent in an error.</summary>
    [JsonPropertyName("done")]
    public bool? Done { get; init; }

    /// <summary>Why the response ended: <c>stop</c>, <c>length</c>, <c>load</c> or <c>unload</c>. Only in the final frame.</summary>
    [JsonPropertyName("done_reason")]
    public string? DoneReason { get; init; }

    /// <summary>Time from the arrival of the request to this frame.</summary>
    [JsonPropertyName("total_duration")]
    public long? TotalNanoseconds { get; init; }

    /// <summary>Time to load the model or its context; near 0 where it is loaded.</summary>
    [JsonPropertyName("load_duration")]
    public long? LoadNanoseconds { get; init; }

    /// <summary>Tokens of the prompt, including those cached or skipped.</summary>
    [JsonPropertyName("prompt_eval_count")]
    public int? PromptTokens { get; init; }

    /// <summary>The part of <see cref="PromptTokens"/> that came from the prompt cache or from a saved state.</summary>
    [JsonPropertyName("prompt_eval_cached_count")]
    public int? CachedPromptTokens { get; init; }

    /// <summary>Time to compute the prompt tokens that were neither cached nor skipped.</summary>
    [JsonPropertyName("prompt_eval_duration")]
    public long? PrefillNanoseconds { get; init; }

    /// <summary>Tokens generated.</summary>
    [JsonPropertyName("eval_count")]
    public int? OutputTokens { get; init; }

    /// <summary>Time from the first generated token to the last, which is <see cref="OutputTokens"/> − 1 intervals.</summary>
    [JsonPropertyName("eval_duration")]
    public long? GenerationNanoseconds { get; init; }

    /// <summary>The fields that Ollama does not have; absent for a client that did not request them.</summary>
    [JsonPropertyName(EmbeddedProtocol.ObjectName)]
    public FrameExtension? Extension { get; init; }

    /// <summary>Why the request failed after the stream began; absent in other frames. The frame is then the last.</summary>
    [JsonPropertyName("error")]
    public string? Error { get; init; }
}
