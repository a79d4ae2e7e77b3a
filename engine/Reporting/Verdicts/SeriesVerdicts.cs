using MemoryWall.Analysis;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Verdicts;

/// <summary>Verdicts on how rates change over a run independently of the context: warm-up, drift and order effects.</summary>
internal static class SeriesVerdicts
{
    // Two rates are tested, so each test has half of the level: one steady run in a hundred gets a false verdict.
    private const double SignificanceLevel = 0.01 / 2;
    private const double MinDrift = 0.02;
    private const int MinTrialsForDrift = 8;
    private const int MinTrialsPerSide = 5;

    public static IEnumerable<Verdict> Evaluate(IReadOnlyList<ContextSummary> level, IReadOnlyList<TrialView> views)
    {
        // Concurrent streams have no order in time, and the contexts of one growing prompt have only one order.
        if (level[0].Concurrency > 1 || level[0].Method != SweepMethod.Cold)
            return [];
        Verdict?[] verdicts =
        [
            .. RunSeries.Create(level).SelectMany(
                series => new[] { WarmUpVerdict(series), DriftVerdict(series), OrderEffectVerdict(series, views) }),
            ConfoundingVerdict(level),
        ];
        return verdicts.OfType<Verdict>();
    }

    private static Verdict? WarmUpVerdict(RunSeries series)
    {
        if (WarmUpDetector.DetectLength(series.Shares) is not (> 0 and var length))
            return null;
        var change = Quantiles.Median(series.Shares.Take(length)) / Quantiles.Median(series.Shares.Skip(length));
        int[] first = [.. series.Trials.Take(length)];
        var cause = change < 1
            ? "More warm-ups are needed"
            : "The machine was faster at first, because of a short boost or because other work started later";
        return new Verdict(VerdictTopic.WarmUp,
            $"The first measured trials differ from the later ones: the {series.Name} rate of {WordFormat.Trials(first)} is "
                + $"{NumberFormat.Ratio(change)} times that of the later trials. {cause}; no trial is dropped.", first);
    }

    private static Verdict? DriftVerdict(RunSeries series)
    {
        if (series.Points.Count < MinTrialsForDrift)
            return null;
        var trend = MannKendallTest.Compute(series.Shares);
        var change = trend.Slope * (series.Points.Count - 1);
        return trend.PValue >= SignificanceLevel || Math.Abs(change) < MinDrift
            ? null
            : new Verdict(VerdictTopic.Drift,
                $"Over the run the {series.Name} rate {(change < 0 ? "fell" : "rose")} by about {NumberFormat.Percent(Math.Abs(change))} "
                    + $"at every context (trend test, {NumberFormat.PValue(trend.PValue)}): heat, memory or other work changed "
                        + $"the machine.",
                series.Trials);
    }

    private static Verdict? OrderEffectVerdict(RunSeries series, IReadOnlyList<TrialView> views)
    {
        // The context of the trial before each trial, whatever its outcome.
        var trials = views.Select(view => view.Trial).DistinctBy(trial => trial.Number).OrderBy(trial => trial.Number).ToList();
        var before = trials.Zip(trials.Skip(1), (one, next) => (next.Number, one.ContextTokens))
            .ToDictionary(entry => entry.Number, entry => entry.ContextTokens);
        var after = series.Points.Where(point => before.ContainsKey(point.Trial))
            .ToLookup(point => before[point.Trial].CompareTo(point.Context), point => point.Share);
        var (smaller, larger) = (after[-1].ToList(), after[1].ToList());
        if (smaller.Count < MinTrialsPerSide || larger.Count < MinTrialsPerSide)
            return null;
        var ratio = Quantiles.Median(larger) / Quantiles.Median(smaller);
        var p = RankSumTest.Compute([.. smaller], [.. larger]).P;
        return p >= SignificanceLevel || Math.Abs(ratio - 1) < MinDrift
            ? null
            : new Verdict(VerdictTopic.OrderEffect,
                $"The order matters: after a larger context the {series.Name} rate is {NumberFormat.Ratio(ratio)} times that after a "
                    + $"smaller context (rank sum test, {NumberFormat.PValue(p)}). A trial is affected by the trial before it.",
                series.Trials);
    }

    // If each context is measured once and in rising order, the effect of context and the effect of time cannot be separated.
    private static Verdict? ConfoundingVerdict(IReadOnlyList<ContextSummary> level)
    {
        var spans = level.OrderBy(context => context.ContextTokens)
            .Select(context => (First: context.Trials.Min(), Last: context.Trials.Max())).ToList();
        var isRising = spans.Zip(spans.Skip(1)).All(pair => pair.First.Last < pair.Second.First);
        return level.Count < 3 || !isRising
            ? null
            : new Verdict(VerdictTopic.OrderEffect,
                "The contexts were measured in rising order, so effects of time (heat, fuller memory) cannot be separated from effects of "
                    + "context.", [.. level.SelectMany(context => context.Trials).Order()]);
    }
}
