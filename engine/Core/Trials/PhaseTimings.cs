using System.Text.Json.Serialization;
using MemoryWall.Core.Time;

namespace MemoryWall.Core.Trials;

/// <summary>Timing points of a trial seen by the client, on the run's clock. A point that was never reached is absent.</summary>
public sealed record ClientTimings
{
    /// <summary>When the load request went out; absent where the target has no load apart from the first request.</summary>
    [JsonPropertyName("load_started_seconds")]
    public Instant? LoadStarted { get; init; }

    /// <summary>How long the load request took.</summary>
    [JsonPropertyName("load_seconds")]
    public TimeSpan? Load { get; init; }

    /// <summary>When the request's first byte was handed to the socket.</summary>
    [JsonPropertyName("sent_seconds")]
    public Instant? Sent { get; init; }

    /// <summary>From <see cref="Sent"/> to the answer's headers.</summary>
    [JsonPropertyName("headers_after_seconds")]
    public TimeSpan? TimeToHeaders { get; init; }

    /// <summary>TTFT: from <see cref="Sent"/> to the arrival of the first chunk that carries generated content.</summary>
    [JsonPropertyName("ttft_seconds")]
    public TimeSpan? TimeToFirstToken { get; init; }

    /// <summary>From <see cref="Sent"/> to the first reasoning chunk; absent where there was none.</summary>
    [JsonPropertyName("first_reasoning_after_seconds")]
    public TimeSpan? TimeToFirstReasoning { get; init; }

    /// <summary>From <see cref="Sent"/> to the arrival of the last chunk that carries generated content.</summary>
    [JsonPropertyName("last_token_after_seconds")]
    public TimeSpan? TimeToLastToken { get; init; }

    /// <summary>From <see cref="Sent"/> to the end of the answer, however it ended.</summary>
    [JsonPropertyName("ended_after_seconds")]
    public TimeSpan? TimeToEnd { get; init; }
}

/// <summary>Durations that the target reported of itself. What it does not report is absent.</summary>
public sealed record ServerTimings
{
    /// <summary>Loading inside the timed request.</summary>
    [JsonPropertyName("server_load_seconds")]
    public TimeSpan? Load { get; init; }

    /// <summary>Waiting behind other requests.</summary>
    [JsonPropertyName("server_queue_seconds")]
    public TimeSpan? Queue { get; init; }

    /// <summary>Taking KV cells without computing what belongs in them; absent where that was not asked for.</summary>
    [JsonPropertyName("server_jump_seconds")]
    public TimeSpan? SkippedPrefill { get; init; }

    /// <summary>Computing the prompt's uncached part.</summary>
    [JsonPropertyName("server_prefill_seconds")]
    public TimeSpan? Prefill { get; init; }

    /// <summary>Generating; covers one step less than the tokens generated.</summary>
    [JsonPropertyName("server_generation_seconds")]
    public TimeSpan? Generation { get; init; }

    /// <summary>The whole request.</summary>
    [JsonPropertyName("server_total_seconds")]
    public TimeSpan? Total { get; init; }
}

/// <summary>Durations measured around the inference library's own calls. Only the embedded server tells them.</summary>
public sealed record NativeTimings
{
    /// <summary>Sum over the prompt's batches.</summary>
    [JsonPropertyName("native_prefill_seconds")]
    public TimeSpan? Prefill { get; init; }

    /// <summary>Sum over the generation steps; covers one step less than the tokens generated.</summary>
    [JsonPropertyName("native_generation_seconds")]
    public TimeSpan? Generation { get; init; }
}
