using System.Text.Json.Serialization;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;

namespace MemoryWall.Analysis;

/// <summary>
/// A trial with what can be derived from it. Nothing here is stored. A rate that may be false is absent, and the reason is given.
/// Serialized it is one flat object: the columns of <c>trials.csv</c> (with <c>flags</c> as a list), then <c>prefill_seconds</c>,
/// <c>prefill_source</c>, <c>generation_seconds</c>, <c>generation_source</c>, <c>prefill_tps</c>, <c>prefill_at_depth_tps</c>,
/// <c>generation_tps</c>, <c>generation_tps_at_most</c>, <c>blended_tps</c>, <c>prefill_share</c> and <c>kv_bytes_in_use</c>; what is
/// absent is null.
/// </summary>
[JsonConverter(typeof(TrialViewJsonConverter))]
public sealed record TrialView
{
    private TrialView(Trial trial)
    {
        Trial = trial;
        Prefill = PhaseTime.ForPrefill(trial);
        Generation = PhaseTime.ForGeneration(trial);
        NoPrefillRateReason = RateRules.CheckPrefill(trial, Prefill);
        NoGenerationRateReason = RateRules.CheckGeneration(trial, Generation);
        if (NoPrefillRateReason is null)
            PrefillRate = TokenRate.Compute(RateRules.ComputedPromptTokens(trial), Prefill?.Duration);
        if (trial is { Method: SweepMethod.SyntheticDepth, CountedPromptTokens: { } counted, SkippedPromptTokens: { } jumped }
            && RateRules.CheckSyntheticPrefill(trial, Prefill) is null)
            PrefillRateAtDepth = TokenRate.Compute(counted - jumped, Prefill?.Duration);
        if (NoGenerationRateReason is null)
            GenerationRate = TokenRate.Compute(trial.OutputTokens - 1, Generation?.Duration);
        if (GenerationRate is null
            && trial is
            {
                Outcome: Thrashing or TimedOut { Phase: Phase.Generation }, Memory: not null, Chunks: > 0,
                Client: { TimeToFirstToken: { } first, TimeToEnd: { } ended }
            })
            MaxGenerationRate = TokenRate.Compute(trial.Chunks, ended - first);
        if (PrefillRate is null || GenerationRate is null)
            return;
        var (prefill, generation) = (Prefill!.Value.Duration.TotalSeconds, Generation!.Value.Duration.TotalSeconds);
        BlendedRate = new TokenRate(((double)trial.CountedPromptTokens!.Value + trial.OutputTokens!.Value) / (prefill + generation));
        PrefillShare = prefill / (prefill + generation);
    }

    /// <summary>What was seen.</summary>
    public Trial Trial { get; }

    /// <summary>TTFT; absent where the prompt was neither computed nor resumed as a whole for this trial, since nobody waited for that
    /// first token then.</summary>
    public TimeSpan? Ttft => Trial.Method is SweepMethod.Cold or SweepMethod.Resume ? Trial.Client.TimeToFirstToken : null;

    /// <summary>How long prefill took, as far as it came in a trial that failed; absent where not known.</summary>
    public PhaseTime? Prefill { get; }

    /// <summary>How long generation took after the first token, as far as it came in a trial that failed; absent where not known.</summary>
    public PhaseTime? Generation { get; }

    /// <summary>Prefill TPS: prompt tokens counted by the target, less those from a cache, per second of prefill.</summary>
    public TokenRate? PrefillRate { get; }

    /// <summary>
    /// The rate of the last batch of prefill, behind all the tokens before it: only of sampled trials, where nothing else was computed. It
    /// is lower than the rate of the whole prompt, <see cref="PrefillRate"/>, and is not to be compared with it.
    /// </summary>
    public TokenRate? PrefillRateAtDepth { get; }

    /// <summary>Bytes of the KV cache in use at this context: the part of those allocated that its tokens have of the window. Absent where
    /// not known.</summary>
    public long? KvBytesInUse => Trial is { KvBytes: { } bytes, WindowTokens: > 0 and var window, CountedPromptTokens: { } counted }
        ? (long)(bytes * Math.Min(1.0, (double)counted / window))
        : null;

    /// <summary>Why there is no prefill rate; absent where there is one.</summary>
    public string? NoPrefillRateReason { get; }

    /// <summary>Generation TPS: output tokens after the first, per second of generation.</summary>
    public TokenRate? GenerationRate { get; }

    /// <summary>Why there is no generation rate; absent where there is one.</summary>
    public string? NoGenerationRateReason { get; }

    /// <summary>
    /// The most that generation can have reached in a trial that was stopped by its limit: the tokens that came, and one that may have been
    /// about to, over the whole time. Only where there is no rate, and for the embedded server, of which each chunk is known to be a token.
    /// </summary>
    public TokenRate? MaxGenerationRate { get; }

    /// <summary>Blended TPS: (prompt tokens + output tokens) / (prefill + generation). Only where both rates are there.</summary>
    public TokenRate? BlendedRate { get; }

    /// <summary>Prefill's part of prefill and generation together, 0 to 1. Only where both rates are there.</summary>
    public double? PrefillShare { get; }

    /// <summary>The view of a trial.</summary>
    public static TrialView Create(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return new TrialView(trial);
    }
}
