using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>Concludes how rates change over a run independently of the context: warm-up, drift and order effects.</summary>
internal static class SeriesVerdicts
{
    /// <summary>The verdicts of one level.</summary>
    /// <param name="level">The level's summaries, one or more.</param>
    /// <param name="views">All trials of the run.</param>
    /// <param name="rules">The thresholds.</param>
    public static IEnumerable<Verdict> Evaluate(IReadOnlyList<ContextSummary> level, IReadOnlyList<TrialView> views, SeriesRules rules)
    {
        // Concurrent streams have no order in time, and the contexts of one growing prompt have only one order.
        if (level[0].Concurrency > 1 || level[0].Method != SweepMethod.Cold)
            return [];
        Verdict?[] verdicts =
        [
            .. RunSeries.Create(level).SelectMany(series =>
                new Verdict?[] { FindWarmUp(series, rules), FindDrift(series, rules), FindOrderEffect(series, views, rules) }),
            FindConfounding(level, rules),
        ];
        return verdicts.OfType<Verdict>();
    }

    private static WarmUpVerdict? FindWarmUp(RunSeries series, SeriesRules rules)
    {
        if (WarmUpDetector.DetectLength(series.Shares) is not (> 0 and var length)
            || length == 1 && !IsSlowerThanOthersStray(series.Shares, rules.MinFirstTrialDistance))
            return null;
        var change = Quantiles.Median(series.Shares.Take(length)) / Quantiles.Median(series.Shares.Skip(length));
        return new WarmUpVerdict(series.Phase, change, [.. series.Trials.Take(length)]);
    }

    // One trial that strays and happens to come first is no warm-up: later ones stray as far, and nothing that warms up is faster at first.
    private static bool IsSlowerThanOthersStray(IReadOnlyList<double> shares, double minDistance)
    {
        var middle = Quantiles.Median(shares.Skip(1));
        return middle - shares[0] >= minDistance * shares.Skip(1).Max(share => Math.Abs(share - middle));
    }

    private static DriftVerdict? FindDrift(RunSeries series, SeriesRules rules)
    {
        if (series.Points.Count < rules.MinTrialsForDrift)
            return null;
        var trend = MannKendallTest.Compute(series.Shares);
        var change = trend.Slope * (series.Points.Count - 1);
        return trend.PValue >= rules.SignificanceLevel || Math.Abs(change) < rules.MinChange
            ? null
            : new DriftVerdict(series.Phase, change, trend.PValue, series.Trials);
    }

    private static OrderEffectVerdict? FindOrderEffect(RunSeries series, IReadOnlyList<TrialView> views, SeriesRules rules)
    {
        // The context of the trial before each trial, whatever its outcome.
        var trials = views.Select(view => view.Trial).DistinctBy(trial => trial.Number).OrderBy(trial => trial.Number).ToList();
        var before = trials.Zip(trials.Skip(1), (one, next) => (next.Number, one.ContextTokens))
            .ToDictionary(entry => entry.Number, entry => entry.ContextTokens);
        var after = series.Points.Where(point => before.ContainsKey(point.Trial))
            .ToLookup(point => before[point.Trial].CompareTo(point.Context), point => point.Share);
        var (smaller, larger) = (after[-1].ToList(), after[1].ToList());
        if (smaller.Count < rules.MinTrialsPerSide || larger.Count < rules.MinTrialsPerSide)
            return null;
        var ratio = Quantiles.Median(larger) / Quantiles.Median(smaller);
        var p = RankSumTest.Compute([.. smaller], [.. larger]).P;
        return p >= rules.SignificanceLevel || Math.Abs(ratio - 1) < rules.MinChange
            ? null
            : new OrderEffectVerdict(series.Phase, ratio, p, series.Trials);
    }

    // If each context is measured once and in rising order, the effect of context and the effect of time cannot be separated.
    private static ConfoundedOrderVerdict? FindConfounding(IReadOnlyList<ContextSummary> level, SeriesRules rules)
    {
        var spans = level.OrderBy(context => context.ContextTokens)
            .Select(context => (First: context.Trials.Min(), Last: context.Trials.Max())).ToList();
        var isRising = spans.Zip(spans.Skip(1)).All(pair => pair.First.Last < pair.Second.First);
        return level.Count < rules.MinContextsForConfounding || !isRising
            ? null
            : new ConfoundedOrderVerdict([.. level.SelectMany(context => context.Trials).Order()]);
    }
}
