using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>Verdicts on how trials moved over the run: what is not the context's doing is the machine's, or the measurement's.</summary>
internal static class SeriesVerdicts
{
    // Each question is asked of two rates: of a hundred quiet runs one is called restless by it.
    private const double SignificanceLevel = 0.01 / 2;
    private const double MinDrift = 0.02;
    private const int MinTrialsForDrift = 8;
    private const int MinTrialsPerSide = 5;

    public static IEnumerable<Verdict> Evaluate(IReadOnlyList<ContextSummary> level, IReadOnlyList<TrialView> views)
    {
        // Streams that ran at once are no series, and the contexts of one growing prompt have no other order.
        if (level[0].Concurrency > 1 || level[0].Method != SweepMethod.Cold)
            yield break;
        foreach (var series in RunSeries.Create(level))
        {
            foreach (var verdict in new[] { WarmUpVerdict(series), DriftVerdict(series),
                OrderEffectVerdict(series, views) }.OfType<Verdict>())
                yield return verdict;
        }
        if (ConfoundingVerdict(level) is { } order)
            yield return order;
    }

    private static Verdict? WarmUpVerdict(RunSeries series)
    {
        if (WarmUpDetector.DetectLength(series.Shares) is not (> 0 and var length))
            return null;
        var change = Quantiles.Median(series.Shares.Take(length)) / Quantiles.Median(series.Shares.Skip(length));
        int[] first = [.. series.Trials.Take(length)];
        return new Verdict(VerdictTopic.WarmUp,
            $"The first measured trials stand apart from what follows: the {series.Name} rate of {WordFormat.Trials(first)} is {NumberFormat.Ratio(change)} times that of the later ones. {(change < 1 ? "More warm-ups are needed" : "The machine was faster at first: a boost that ends, or other work that came")}; the trials are kept.", first);
    }

    private static Verdict? DriftVerdict(RunSeries series)
    {
        if (series.Points.Count < MinTrialsForDrift)
            return null;
        var trend = MannKendallTest.Compute(series.Shares);
        var change = trend.Slope * (series.Points.Count - 1);
        return trend.PValue >= SignificanceLevel || Math.Abs(change) < MinDrift ? null : new Verdict(VerdictTopic.Drift,
            $"Over the run the {series.Name} rate {(change < 0 ? "fell" : "rose")} by about {NumberFormat.Percent(Math.Abs(change))} whatever the context (trend test, {NumberFormat.PValue(trend.PValue)}): heat, memory or other work changed the machine meanwhile.", series.Trials);
    }

    private static Verdict? OrderEffectVerdict(RunSeries series, IReadOnlyList<TrialView> views)
    {
        // The trial before one, whatever became of it.
        var before = views.Select(view => view.Trial).DistinctBy(trial => trial.Number).OrderBy(trial => trial.Number).ToList();
        var context = before.Zip(before.Skip(1), (one, next) => (next.Number, one.ContextTokens)).ToDictionary(entry => entry.Number,
            entry => entry.ContextTokens);
        var after = series.Points.Where(point => context.ContainsKey(point.Trial))
            .ToLookup(point => context[point.Trial].CompareTo(point.Context));
        var (smaller, larger) = (after[-1].ToList(), after[1].ToList());
        if (smaller.Count < MinTrialsPerSide || larger.Count < MinTrialsPerSide)
            return null;
        var ratio = Quantiles.Median(larger.Select(point => point.Share)) / Quantiles.Median(smaller.Select(point => point.Share));
        var p = RankSumTest.Compute([.. smaller.Select(point => point.Share)], [.. larger.Select(point => point.Share)]).P;
        return p >= SignificanceLevel || Math.Abs(ratio - 1) < MinDrift ? null : new Verdict(VerdictTopic.OrderEffect,
            $"The order matters: after a larger context the {series.Name} rate is {NumberFormat.Ratio(ratio)} times that after a smaller one (rank sum test, {NumberFormat.PValue(p)}). State of the trial before reaches into the next.", series.Trials);
    }

    // With every context measured once and in rising order there is nothing that could tell the effect of context from that of time.
    private static Verdict? ConfoundingVerdict(IReadOnlyList<ContextSummary> level)
    {
        var firsts = level.OrderBy(context => context.ContextTokens)
            .Select(context => (First: context.Trials.Min(), Last: context.Trials.Max())).ToList();
        var rising = firsts.Zip(firsts.Skip(1)).All(pair => pair.First.Last < pair.Second.First);
        return level.Count < 3 || !rising ? null : new Verdict(VerdictTopic.OrderEffect,
            "The contexts were measured in rising order: what came with time (heat, a fuller memory) is not told apart from what came with context.", [.. level.SelectMany(context => context.Trials).Order()]);
    }
}
