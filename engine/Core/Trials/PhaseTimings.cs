using MemoryWall.Core.Time;

namespace MemoryWall.Core.Trials;

/// <summary>Timings of a trial measured by the client on the run's clock. A point that was never reached is absent.</summary>
public sealed record ClientTimings
{
    /// <summary>When the load request was sent; absent where the target has no separate load request.</summary>
    public Instant? LoadStarted { get; init; }

    /// <summary>Duration of the load request.</summary>
    public TimeSpan? Load { get; init; }

    /// <summary>When the request's first byte was written to the socket.</summary>
    public Instant? Sent { get; init; }

    /// <summary>From <see cref="Sent"/> to when the request's last byte was handed to the socket; absent in files of versions that did not
    /// store it.</summary>
    public TimeSpan? TimeToRequestSent { get; init; }

    /// <summary>From <see cref="Sent"/> to the response headers.</summary>
    public TimeSpan? TimeToHeaders { get; init; }

    /// <summary>TTFT: from <see cref="Sent"/> to the arrival of the first chunk that carries generated content.</summary>
    public TimeSpan? TimeToFirstToken { get; init; }

    /// <summary>From <see cref="Sent"/> to the first reasoning chunk; absent where there was none.</summary>
    public TimeSpan? TimeToFirstReasoning { get; init; }

    /// <summary>From <see cref="Sent"/> to the arrival of the last chunk that carries generated content.</summary>
    public TimeSpan? TimeToLastToken { get; init; }

    /// <summary>From <see cref="Sent"/> to the end of the response, successful or not.</summary>
    public TimeSpan? TimeToEnd { get; init; }
}

/// <summary>Durations that the target reports. A duration that it does not report is absent.</summary>
public sealed record ServerTimings
{
    /// <summary>Loading the model within the timed request.</summary>
    public TimeSpan? Load { get; init; }

    /// <summary>Waiting for other requests.</summary>
    public TimeSpan? Queue { get; init; }

    /// <summary>Converting the prompt's text to tokens; absent where the prompt was sent as token ids.</summary>
    public TimeSpan? Tokenization { get; init; }

    /// <summary>Filling KV cells without computing them (skipped prefill); absent where the prefill was not skipped.</summary>
    public TimeSpan? SkippedPrefill { get; init; }

    /// <summary>Computing the part of the prompt that was not cached.</summary>
    public TimeSpan? Prefill { get; init; }

    /// <summary>From the end of prefill until the first token was sampled.</summary>
    public TimeSpan? FirstToken { get; init; }

    /// <summary>Generating; one step less than the generated tokens.</summary>
    public TimeSpan? Generation { get; init; }

    /// <summary>The whole request.</summary>
    public TimeSpan? Total { get; init; }
}

/// <summary>Durations measured around the calls of the inference library. Only the embedded server reports them.</summary>
public sealed record NativeTimings
{
    /// <summary>Sum over the prompt's batches.</summary>
    public TimeSpan? Prefill { get; init; }

    /// <summary>Sum over the generation steps; one step less than the generated tokens.</summary>
    public TimeSpan? Generation { get; init; }
}
