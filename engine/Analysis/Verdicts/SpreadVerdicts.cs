using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>Concludes how the repetitions of one context differ: outliers, two groups, and stalls.</summary>
internal static class SpreadVerdicts
{
    /// <summary>The verdicts of one level.</summary>
    public static IEnumerable<Verdict> Evaluate(IReadOnlyList<ContextSummary> level, SpreadRules rules)
    {
        ArgumentNullException.ThrowIfNull(level);
        ArgumentNullException.ThrowIfNull(rules);
        var perTest = rules.SignificanceLevel / Math.Max(1, level.SelectMany(GetRates).Count());
        var verdicts = level.SelectMany(context => GetRates(context)
            .SelectMany(rate => new Verdict?[] { FindOutliers(context, rate, perTest), FindTwoGroups(context, rate, perTest) })
            .Append(FindStalls(context, rules)));
        return verdicts.OfType<Verdict>();
    }

    private static OutlierVerdict? FindOutliers(ContextSummary context, PhaseRate rate, double significanceLevel)
    {
        var metric = rate.Metric;
        if (metric.Outliers.Count == 0 || Dispersion.MaxScorePValue(metric.IndependentValues) >= significanceLevel)
            return null;
        double[] values = [.. metric.Trials.Zip(metric.Values).Where(entry => metric.Outliers.Contains(entry.First))
            .Select(entry => entry.Second)];
        return new OutlierVerdict(context.ContextTokens, rate.Phase, values, metric.Median, metric.Outliers);
    }

    private static TwoGroupsVerdict? FindTwoGroups(ContextSummary context, PhaseRate rate, double significanceLevel)
    {
        var values = rate.Metric.Values;
        if (context.Concurrency > 1 || values.Count < DipTest.MinSampleSize)
            return null;
        // Most samples are below the threshold, and then the probability need not be simulated.
        var dip = DipTest.ComputeDip(values);
        return dip <= DipTest.MinSignificantDip(values.Count) || DipTest.ComputePValue(dip, values.Count) is var p && p >= significanceLevel
            ? null
            : new TwoGroupsVerdict(context.ContextTokens, rate.Phase, p, rate.Metric.Trials);
    }

    private static StallVerdict? FindStalls(ContextSummary context, SpreadRules rules) => context.InterToken is { Stalls.Count: > 0 } times
        ? new StallVerdict(context.ContextTokens, times.Gaps, times.P50Seconds, rules.StallFactor, times.Stalls,
            [.. times.Stalls.Select(stall => stall.Trial).Distinct().Order()])
        : null;

    private static IEnumerable<PhaseRate> GetRates(ContextSummary context)
    {
        if (context.PrefillTps is { } prefill)
            yield return new PhaseRate(Phase.Prefill, prefill);
        if (context.GenerationTps is { } generation)
            yield return new PhaseRate(Phase.Generation, generation);
    }

    private sealed record PhaseRate(Phase Phase, MetricSummary Metric);
}
