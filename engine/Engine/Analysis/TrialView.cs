using MemoryWall.Facts;
using MemoryWall.Time;

namespace MemoryWall.Analysis;

/// <summary>A trial flat, with what follows from it: a row of a table, an object of JSON. Durations in seconds, rates in tokens a second, absent is null.</summary>
public sealed record TrialView
{
    private TrialView(Trial trial)
    {
        var prefill = PhaseDuration.Prefill(trial);
        var generation = PhaseDuration.Generation(trial);
        (Number, ContextTokens, Repetition, Concurrency, Stream) = (trial.Number, trial.ContextTokens, trial.Repetition, trial.Concurrency, trial.Stream);
        (OutputTokensAsked, PromptKind, Nonce, WindowTokens) = (trial.OutputTokensAsked, trial.PromptKind, trial.Nonce, trial.WindowTokens);
        (CountedPromptTokens, CachedPromptTokens, OutputTokens, Chunks) = (trial.CountedPromptTokens, trial.CachedPromptTokens, trial.OutputTokens, trial.Chunks);
        (Outcome, OutcomeDetail, Flags, StopReason) = (trial.Outcome.Kind, trial.Outcome.Detail, trial.Flags.Names(), trial.StopReason);
        (LoadStartedSeconds, LoadSeconds, SentSeconds) = (Seconds(trial.Client.LoadStarted), Seconds(trial.Client.Load), Seconds(trial.Client.Sent));
        (HeadersAfterSeconds, TtftSeconds) = (Seconds(trial.Client.HeadersAfter), Seconds(trial.Client.FirstTokenAfter));
        (FirstReasoningAfterSeconds, LastTokenAfterSeconds) = (Seconds(trial.Client.FirstReasoningAfter), Seconds(trial.Client.LastTokenAfter));
        EndedAfterSeconds = Seconds(trial.Client.EndedAfter);
        (ServerLoadSeconds, ServerQueueSeconds) = (Seconds(trial.Server.Load), Seconds(trial.Server.Queue));
        (ServerPrefillSeconds, ServerGenerationSeconds, ServerTotalSeconds) = (Seconds(trial.Server.Prefill), Seconds(trial.Server.Generation), Seconds(trial.Server.Total));
        (NativePrefillSeconds, NativeGenerationSeconds) = (Seconds(trial.Native.Prefill), Seconds(trial.Native.Generation));
        (KvBytes, ComputeBytes, ResidentBytes, AcceleratorBytes) = (trial.KvBytes, trial.ComputeBytes, trial.ResidentBytes, trial.AcceleratorBytes);
        (PrefillSeconds, PrefillSource) = (Seconds(prefill?.Time), prefill?.Source);
        (GenerationSeconds, GenerationSource) = (Seconds(generation?.Time), generation?.Source);
        (PrefillTps, GenerationTps) = (Rates.Prefill(trial)?.PerSecond, Rates.Generation(trial)?.PerSecond);
        (BlendedTps, PrefillShare) = (Rates.Blended(trial)?.PerSecond, Rates.PrefillShare(trial));
    }

    /// <summary>The view of a trial.</summary>
    public static TrialView Of(Trial trial) => new(trial);

    /// <inheritdoc cref="Trial.Number"/>
    public int Number { get; }

    /// <inheritdoc cref="Trial.ContextTokens"/>
    public int ContextTokens { get; }

    /// <inheritdoc cref="Trial.Repetition"/>
    public int Repetition { get; }

    /// <inheritdoc cref="Trial.Concurrency"/>
    public int Concurrency { get; }

    /// <inheritdoc cref="Trial.Stream"/>
    public int Stream { get; }

    /// <inheritdoc cref="Trial.CountedPromptTokens"/>
    public int? CountedPromptTokens { get; }

    /// <inheritdoc cref="Trial.CachedPromptTokens"/>
    public int? CachedPromptTokens { get; }

    /// <inheritdoc cref="Trial.OutputTokensAsked"/>
    public int OutputTokensAsked { get; }

    /// <inheritdoc cref="Trial.OutputTokens"/>
    public int? OutputTokens { get; }

    /// <inheritdoc cref="Trial.Chunks"/>
    public int Chunks { get; }

    /// <summary>The outcome's name.</summary>
    public string Outcome { get; }

    /// <summary>The outcome's evidence; empty where it completed.</summary>
    public string OutcomeDetail { get; }

    /// <summary>Names of the flags that are set.</summary>
    public IReadOnlyList<string> Flags { get; }

    /// <inheritdoc cref="Trial.StopReason"/>
    public string? StopReason { get; }

    /// <summary>How long the load request took.</summary>
    public double? LoadSeconds { get; }

    /// <summary>From the request to the first content, on the client's clock.</summary>
    public double? TtftSeconds { get; }

    /// <summary>Time of prefill by the closest clock.</summary>
    public double? PrefillSeconds { get; }

    /// <summary>The clock of <see cref="PrefillSeconds"/>.</summary>
    public ClockSource? PrefillSource { get; }

    /// <summary>Time of generation by the closest clock.</summary>
    public double? GenerationSeconds { get; }

    /// <summary>The clock of <see cref="GenerationSeconds"/>.</summary>
    public ClockSource? GenerationSource { get; }

    /// <inheritdoc cref="Rates.Prefill"/>
    public double? PrefillTps { get; }

    /// <inheritdoc cref="Rates.Generation"/>
    public double? GenerationTps { get; }

    /// <inheritdoc cref="Rates.Blended"/>
    public double? BlendedTps { get; }

    /// <inheritdoc cref="Rates.PrefillShare"/>
    public double? PrefillShare { get; }

    /// <inheritdoc cref="Trial.PromptKind"/>
    public PromptKind PromptKind { get; }

    /// <inheritdoc cref="Trial.Nonce"/>
    public string? Nonce { get; }

    /// <inheritdoc cref="Trial.WindowTokens"/>
    public int? WindowTokens { get; }

    /// <inheritdoc cref="ClientTimings.LoadStarted"/>
    public double? LoadStartedSeconds { get; }

    /// <inheritdoc cref="ClientTimings.Sent"/>
    public double? SentSeconds { get; }

    /// <inheritdoc cref="ClientTimings.HeadersAfter"/>
    public double? HeadersAfterSeconds { get; }

    /// <inheritdoc cref="ClientTimings.FirstReasoningAfter"/>
    public double? FirstReasoningAfterSeconds { get; }

    /// <inheritdoc cref="ClientTimings.LastTokenAfter"/>
    public double? LastTokenAfterSeconds { get; }

    /// <inheritdoc cref="ClientTimings.EndedAfter"/>
    public double? EndedAfterSeconds { get; }

    /// <inheritdoc cref="ServerTimings.Load"/>
    public double? ServerLoadSeconds { get; }

    /// <inheritdoc cref="ServerTimings.Queue"/>
    public double? ServerQueueSeconds { get; }

    /// <inheritdoc cref="ServerTimings.Prefill"/>
    public double? ServerPrefillSeconds { get; }

    /// <inheritdoc cref="ServerTimings.Generation"/>
    public double? ServerGenerationSeconds { get; }

    /// <inheritdoc cref="ServerTimings.Total"/>
    public double? ServerTotalSeconds { get; }

    /// <inheritdoc cref="NativeTimings.Prefill"/>
    public double? NativePrefillSeconds { get; }

    /// <inheritdoc cref="NativeTimings.Generation"/>
    public double? NativeGenerationSeconds { get; }

    /// <inheritdoc cref="Trial.KvBytes"/>
    public long? KvBytes { get; }

    /// <inheritdoc cref="Trial.ComputeBytes"/>
    public long? ComputeBytes { get; }

    /// <inheritdoc cref="Trial.ResidentBytes"/>
    public long? ResidentBytes { get; }

    /// <inheritdoc cref="Trial.AcceleratorBytes"/>
    public long? AcceleratorBytes { get; }

    private static double? Seconds(TimeSpan? span) => span?.TotalSeconds;

    private static double? Seconds(Instant? instant) => instant?.Seconds;
}
