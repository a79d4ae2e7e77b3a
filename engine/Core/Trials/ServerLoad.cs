using System.Text.Json.Serialization;

namespace MemoryWall.Core.Trials;

/// <summary>
/// What a server told of its own work around a trial, where it tells (<c>/metrics</c>, <c>/slots</c>): its state just before the trial's
/// requests went out, and how its counters grew until after their end. All its clients are in it, and all streams of a step. What it does
/// not tell is absent.
/// </summary>
public sealed record ServerLoad
{
    /// <summary>Requests that it was working on just before: another client's.</summary>
    [JsonPropertyName("server_running_before")]
    public int? RunningBefore { get; init; }

    /// <summary>Requests that were waiting at it just before.</summary>
    [JsonPropertyName("server_waiting_before")]
    public int? WaitingBefore { get; init; }

    /// <summary>Prompt tokens that it took in. Whether those from its cache count is the server's own custom.</summary>
    [JsonPropertyName("server_prompt_tokens")]
    public long? PromptTokens { get; init; }

    /// <summary>Prompt tokens that it took from its cache.</summary>
    [JsonPropertyName("server_cached_tokens")]
    public long? CachedTokens { get; init; }

    /// <summary>Tokens that it generated.</summary>
    [JsonPropertyName("server_generated_tokens")]
    public long? GeneratedTokens { get; init; }

    /// <summary>Times that it set a request aside to make room for another, and computed its cache again later.</summary>
    [JsonPropertyName("server_preemptions")]
    public long? Preemptions { get; init; }

    /// <summary>Part of its KV cache that was in use just after, 0 to 1.</summary>
    [JsonPropertyName("server_kv_usage_after_ratio")]
    public double? KvUsageAfter { get; init; }
}
