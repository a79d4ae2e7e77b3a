using MemoryWall.Analysis.Review;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>Concludes from single trials: how many completed, which failed, and which need caution.</summary>
internal static class TrialVerdicts
{
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
    public static IEnumerable<Verdict> FindDoubts(IReadOnlyList<TrialView> views) => Enum.GetValues<TrialFlags>()
        .Where(flag => flag is not (TrialFlags.None or TrialFlags.Warmup or TrialFlags.Concurrent))
        .Select(flag => new DoubtVerdict(flag,
            [.. views.Select(view => view.Trial).Where(trial => trial.Flags.HasFlag(flag)).Select(trial => trial.Number)]))
        .Where(verdict => verdict.Trials.Count > 0);

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
