using MemoryWall.Analysis.Review;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>Concludes from single trials: how many completed, which failed, and which need caution.</summary>
internal static class TrialVerdicts
{
    // Kinds of trials that are not comparable with others.
    private static readonly TrialFlags[] s_cautions = [TrialFlags.WarmPrefix, TrialFlags.AfterRestart, TrialFlags.Emulated];

    /// <summary>How many of the measured trials completed.</summary>
    public static CompletionVerdict CountCompleted(IReadOnlyList<TrialView> views)
    {
        var measured = views.Select(view => view.Trial).Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        return new CompletionVerdict(measured.Count, measured.Count(trial => trial.Outcome.IsCompleted),
            [.. measured.Select(trial => trial.Number)]);
    }

    /// <summary>The failed trials, one verdict for each context and kind of outcome.</summary>
    public static IEnumerable<Verdict> FindFailures(IReadOnlyList<TrialView> views) => views
        .Select(view => view.Trial)
        .Where(trial => !trial.Outcome.IsCompleted)
        .GroupBy(trial => (trial.ContextTokens, trial.Concurrency, Warmup: trial.Flags.HasFlag(TrialFlags.Warmup), trial.Outcome.Kind))
        .OrderBy(group => group.Key)
        .Select(group => CreateFailure([.. group], views.Count(view => IsSameGroup(view.Trial, group.First()))));

    /// <summary>The trials that need caution, one verdict for each reason.</summary>
    public static IEnumerable<Verdict> FindDoubts(IReadOnlyList<TrialView> views)
    {
        IEnumerable<Verdict> all =
        [
            .. s_cautions.Select(flag => new IntentVerdict(flag, FindTrials(views, view => view.Trial.Flags.HasFlag(flag)))),
            .. views.Where(view => view.Trial.Flags.HasFlag(TrialFlags.Speculative)).GroupBy(view => FindUse(view.Trial))
                .OrderBy(group => group.Key)
                .Select(group => new IntentVerdict(TrialFlags.Speculative, [.. group.Select(view => view.Trial.Number)])
                {
                    Drafts = group.Key,
                }),
            new SyntheticDepthVerdict(FindTrials(views, view => view.IsDepthSynthetic)),
            .. views.SelectMany(view => view.Doubts.Select(doubt => (view.Trial.Number, Doubt: doubt)))
                .GroupBy(entry => entry.Doubt.Kind).OrderBy(group => Doubt.Kinds.IndexOf(group.Key))
                .Select(group => new DoubtVerdict([.. group.Select(entry => entry.Doubt)], [.. group.Select(entry => entry.Number)])),
            .. FindMissingRates(views),
        ];
        return all.Where(verdict => verdict.Trials.Count > 0);
    }

    private static DraftUse FindUse(Trial trial) => (trial.DraftTokens, trial.AcceptedDraftTokens) switch
    {
        (0, _) => DraftUse.NoneDrafted,
        (null, _) or (_, null) => DraftUse.Unknown,
        (_, 0) => DraftUse.NoneAccepted,
        var (drafted, accepted) => accepted < drafted ? DraftUse.PartAccepted : DraftUse.AllAccepted,
    };

    // A rate that is shown as absent has its reason in words. Doubts and kinds of trials have their own sentences.
    private static IEnumerable<NoRateVerdict> FindMissingRates(IReadOnlyList<TrialView> views) => views
        .Where(view => view.Trial.Outcome.IsCompleted)
        .SelectMany(view => new[]
        {
            (view.Trial.Number, Phase: Phase.Prefill, Reason: view.NoPrefillRateReason),
            (view.Trial.Number, Phase: Phase.Generation, Reason: view.NoGenerationRateReason),
        })
        .Where(entry => entry.Reason is SharedChunks or BunchedArrivals or NoDuration or OutputNotCounted or InvalidCachedCount)
        .GroupBy(entry => (entry.Phase, Kind: entry.Reason!.GetType()))
        .Select(group => new NoRateVerdict(group.Key.Phase, [.. group.Select(entry => entry.Reason!)],
            [.. group.Select(entry => entry.Number)]));

    private static IReadOnlyList<int> FindTrials(IReadOnlyList<TrialView> views, Func<TrialView, bool> isMeant) =>
        [.. views.Where(isMeant).Select(view => view.Trial.Number)];

    private static FailureVerdict CreateFailure(IReadOnlyList<Trial> failed, int attempted)
    {
        var first = failed[0];
        return new FailureVerdict(first.ContextTokens, first.Concurrency, first.Flags.HasFlag(TrialFlags.Warmup), first.Outcome,
            first.Memory?.OomKills, [.. failed.Select(trial => trial.Number)])
        {
            Attempted = attempted,
            IsSameForAll = failed.All(trial => trial.Outcome.Detail == first.Outcome.Detail),
        };
    }

    private static bool IsSameGroup(Trial one, Trial other) =>
        (one.ContextTokens, one.Concurrency, one.Flags & TrialFlags.Warmup)
            == (other.ContextTokens, other.Concurrency, other.Flags & TrialFlags.Warmup);
}
