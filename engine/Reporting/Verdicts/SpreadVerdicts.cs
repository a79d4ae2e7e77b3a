using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Verdicts;

/// <summary>Verdicts on the repetitions of one context: outliers, two groups, and stalls.</summary>
internal static class SpreadVerdicts
{
    // Each kind of test has this false alarm rate over all contexts of a level.
    private const double SignificanceLevel = 0.01;

    public static IEnumerable<Verdict> Evaluate(IReadOnlyList<ContextSummary> level)
    {
        var perTest = SignificanceLevel / Math.Max(1, level.SelectMany(GetRates).Count());
        var verdicts = level.SelectMany(context => GetRates(context)
            .SelectMany(rate => new[] { OutlierVerdict(context, rate, perTest), TwoGroupsVerdict(context, rate, perTest) })
            .Append(StallVerdict(context)));
        return verdicts.OfType<Verdict>();
    }

    private static Verdict? OutlierVerdict(ContextSummary context, NamedRate rate, double significanceLevel)
    {
        var metric = rate.Metric;
        if (metric.Outliers.Count == 0 || Dispersion.MaxScorePValue(metric.IndependentValues) >= significanceLevel)
            return null;
        var values = metric.Trials.Zip(metric.Values).Where(entry => metric.Outliers.Contains(entry.First))
            .Select(entry => NumberFormat.Rate(entry.Second));
        return new Verdict(VerdictTopic.Spread,
            $"At {NumberFormat.Context(context.ContextTokens)} the {rate.Name} rate of {WordFormat.Trials(metric.Outliers)} is an outlier "
                + $"({WordFormat.List(values)}; the median is {NumberFormat.Rate(metric.Median)}); it is not dropped.", metric.Outliers);
    }

    private static Verdict? TwoGroupsVerdict(ContextSummary context, NamedRate rate, double significanceLevel)
    {
        var values = rate.Metric.Values;
        if (context.Concurrency > 1 || values.Count < DipTest.MinSampleSize)
            return null;
        // Most samples are below the threshold, and then the probability need not be simulated.
        var dip = DipTest.ComputeDip(values);
        if (dip <= DipTest.MinSignificantDip(values.Count) || DipTest.ComputePValue(dip, values.Count) is var p && p >= significanceLevel)
            return null;
        return new Verdict(VerdictTopic.Spread,
            $"At {NumberFormat.Context(context.ContextTokens)} the {rate.Name} rate has two levels (dip test, {NumberFormat.PValue(p)}): "
                + "the system is in one of two states, and the median describes neither.", rate.Metric.Trials);
    }

    private static Verdict? StallVerdict(ContextSummary context)
    {
        if (context.InterToken is not { Stalls.Count: > 0 } times)
            return null;
        var longest = times.Stalls.MaxBy(stall => stall.Seconds)!;
        return new Verdict(VerdictTopic.Stall,
            string.Create(CultureInfo.InvariantCulture,
                $"At {NumberFormat.Context(context.ContextTokens)}, {times.Stalls.Count} of {times.Gaps} times between tokens "
                    + $"{(times.Stalls.Count == 1 ? "was" : "were")} more than ")
                + $"5 times the median of {NumberFormat.Duration(times.P50Seconds)}; the longest was "
                    + $"{NumberFormat.Duration(longest.Seconds)}, "
                + $"in trial {longest.Trial} after {longest.AfterTokens} tokens.",
            [.. times.Stalls.Select(stall => stall.Trial).Distinct().Order()]);
    }

    private static IEnumerable<NamedRate> GetRates(ContextSummary context)
    {
        if (context.PrefillTps is { } prefill)
            yield return new NamedRate("prefill", prefill);
        if (context.GenerationTps is { } generation)
            yield return new NamedRate("generation", generation);
    }

    private sealed record NamedRate(string Name, MetricSummary Metric);
}
