using System.Text.Json.Serialization;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;

namespace MemoryWall.Analysis.Review;

/// <summary>
/// A trial with what can be derived from it. Nothing here is stored. A rate that may be false is absent, and the reason is given.
/// As JSON it is one flat object with the columns of <see cref="TrialViewSchema"/>; absent values are null.
/// </summary>
[JsonConverter(typeof(TrialViewJsonConverter))]
public sealed record TrialView
{
    /// <summary>The view of a reviewed trial. Only <see cref="TrialReview"/> makes one, so that no view lacks a doubt.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="doubts">All its doubts.</param>
    /// <param name="arrived">How its chunks arrived; null where that is not known.</param>
    /// <param name="rules">The thresholds.</param>
    internal TrialView(Trial trial, IReadOnlyList<Doubt> doubts, ArrivalPattern? arrived, TrialRules rules)
    {
        Trial = trial;
        Doubts = doubts;
        var rateRules = new RateRules(trial, doubts, arrived, rules);
        Prefill = PhaseTime.ForPrefill(trial, doubts);
        Generation = PhaseTime.ForGeneration(trial);
        TtftSplit = TtftSplit.Compute(trial, Ttft, rules);
        NoPrefillRateReason = rateRules.CheckPrefill(Prefill);
        NoGenerationRateReason = rateRules.CheckGeneration(Generation);
        if (NoPrefillRateReason is null)
            PrefillRate = TokenRate.Compute(rateRules.ComputedPromptTokens, Prefill?.Duration);
        if (trial is { Method: SweepMethod.SyntheticDepth, CountedPromptTokens: { } counted, SkippedPromptTokens: { } skipped }
            && rateRules.CheckSyntheticPrefill(Prefill) is null)
            PrefillRateAtDepth = TokenRate.Compute(counted - skipped, Prefill?.Duration);
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

    /// <summary>The trial as stored.</summary>
    public Trial Trial { get; }

    /// <summary>The reasons not to trust it, in the order of their kinds; empty for none.</summary>
    public IReadOnlyList<Doubt> Doubts { get; }

    /// <summary>TTFT; absent where the prompt was neither computed nor resumed as a whole in this trial, because the time would not include
    /// the whole prompt. That of a turn of a conversation is what its user waits, whatever was cached.</summary>
    public TimeSpan? Ttft => HasTtft(Trial.Method)
        ? Trial.Client.TimeToFirstToken
        : null;

    /// <summary>Whether the first token of a trial waits for its whole prompt. Where the depth was not computed for it, it does
    /// not.</summary>
    internal static bool HasTtft(SweepMethod method) => method is SweepMethod.Cold or SweepMethod.Resume or SweepMethod.Session;

    /// <summary>The steps of <see cref="Ttft"/>; absent with it, and where the server does not report its prefill.</summary>
    public TtftSplit? TtftSplit { get; }

    /// <summary>The duration of prefill, up to the failure in a failed trial; absent where unknown.</summary>
    internal PhaseTime? Prefill { get; }

    /// <summary>The duration of generation after the first token, up to the failure in a failed trial; absent where unknown.</summary>
    internal PhaseTime? Generation { get; }

    /// <summary>Prefill TPS: prompt tokens counted by the target, less those from a cache, per second of prefill.</summary>
    public TokenRate? PrefillRate { get; }

    /// <summary>
    /// The rate of the last batch of prefill, after all other tokens: only for trials with synthetic depth, which compute nothing else. It
    /// is lower than the rate of the whole prompt, <see cref="PrefillRate"/>, and not comparable with it.
    /// </summary>
    public TokenRate? PrefillRateAtDepth { get; }

    /// <summary>Bytes of the KV cache in use at this context: the allocated bytes times the share of the window that its tokens use. Absent
    /// where unknown.</summary>
    public long? KvBytesInUse => Trial is { KvBytes: { } bytes, WindowTokens: > 0 and var window, CountedPromptTokens: { } counted }
        ? (long)(bytes * Math.Min(1.0, (double)counted / window))
        : null;

    /// <summary>Why there is no prefill rate; absent where there is a rate.</summary>
    public ExclusionReason? NoPrefillRateReason { get; }

    /// <summary>Generation TPS: output tokens after the first, per second of generation.</summary>
    public TokenRate? GenerationRate { get; }

    /// <summary>Why there is no generation rate; absent where there is a rate.</summary>
    public ExclusionReason? NoGenerationRateReason { get; }

    /// <summary>
    /// An upper bound of the generation rate in a trial that was stopped by its limit: the tokens that came plus one, divided by the whole
    /// time. Only where there is no rate, and only for the embedded server, whose chunks are single tokens.
    /// </summary>
    public TokenRate? MaxGenerationRate { get; }

    /// <summary>Blended TPS: (prompt tokens + output tokens) / (prefill + generation). Absent without both rates.</summary>
    public TokenRate? BlendedRate { get; }

    /// <summary>Prefill's share of the time of prefill and generation, 0 to 1. Absent without both rates.</summary>
    public double? PrefillShare { get; }

    /// <summary>Share of the tokens drafted by speculative decoding that the model accepted, 0 to 1. Absent where nothing was drafted, or
    /// the target does not report it.</summary>
    public double? DraftAcceptance =>
        Trial is { DraftTokens: > 0 and var drafted, AcceptedDraftTokens: { } accepted } ? (double)accepted / drafted : null;

    /// <summary>Share of the prompt that came from the cache, 0 to 1. Absent where the target does not report it.</summary>
    internal double? CachedShare =>
        Trial is { CountedPromptTokens: > 0 and var counted, CachedPromptTokens: >= 0 and var cached } && cached <= counted
            ? (double)cached / counted
            : null;

    /// <summary>Whether its depth is synthetic: the first tokens of its prompt were not computed. A trial that failed before the target
    /// reported it counts by its method.</summary>
    internal bool IsDepthSynthetic => Trial.SkippedPromptTokens > 0
        || Trial is { Method: SweepMethod.SyntheticDepth, SkippedPromptTokens: null, Outcome: not Completed };

    /// <summary>Whether it has a doubt of a kind.</summary>
    internal bool Has<TDoubt>()
        where TDoubt : Doubt => Doubts.Any(doubt => doubt is TDoubt);
}
