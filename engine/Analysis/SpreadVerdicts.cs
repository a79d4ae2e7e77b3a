using MemoryWall.Core.Units;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>Verdicts on how the repetitions of one context lie to each other.</summary>
internal static class SpreadVerdicts
{
    // Of quiet runs one in a hundred is accused by each kind of question, however many contexts it is asked of.
    private const double SignificanceLevel = 0.01;

    public static IEnumerable<Verdict> Evaluate(IReadOnlyList<ContextSummary> level)
    {
        var asked = level.SelectMany(GetRates).Count();
        foreach (var context in level)
        {
            foreach (var (name, figure) in GetRates(context))
            {
                if (figure.Outliers.Count > 0 && Dispersion.MaxScorePValue(figure.Values) < SignificanceLevel / asked)
                    yield return new Verdict(VerdictTopic.Spread,
                        $"At {NumberFormat.Context(context.ContextTokens)} the {name} rate of {WordFormat.Trials(figure.Outliers)} stands apart from the others' ({FormatRates(figure, figure.Outliers)} against a median of {NumberFormat.Rate(figure.Median)}); it is kept.", figure.Outliers);
                if (context.Concurrency <= 1 && figure.Values.Count >= DipTest.MinSampleSize
                    && DipTest.ComputeDip(figure.Values) is var dip && dip > DipTest.MinSignificantDip(figure.Values.Count)
                    && DipTest.ComputePValue(dip, figure.Values.Count) is var p && p < SignificanceLevel / asked)
                    yield return new Verdict(VerdictTopic.Spread,
                        $"At {NumberFormat.Context(context.ContextTokens)} the {name} rate has two levels (dip test, {NumberFormat.PValue(p)}): the system is in one of two states, and their median describes neither.", figure.Trials);
            }
            if (context.InterToken is { Stalls.Count: > 0 } times)
                yield return StallVerdict(context, times);
        }
    }

    private static Verdict StallVerdict(ContextSummary context, InterTokenTimes times)
    {
        var longest = times.Stalls.MaxBy(stall => stall.Seconds)!;
        int[] trials = [.. times.Stalls.Select(stall => stall.Trial).Distinct().Order()];
        return new Verdict(VerdictTopic.Stall, FormattableString.Invariant(
            $"At {NumberFormat.Context(context.ContextTokens)} {times.Stalls.Count} of {times.Gaps} times between tokens were more than 5 times the usual {NumberFormat.Duration(times.P50Seconds)}; the longest, in trial {longest.Trial}, {NumberFormat.Duration(longest.Seconds)} after {longest.AfterTokens} tokens."), trials);
    }

    private static IEnumerable<(string Name, MetricSummary Figure)> GetRates(ContextSummary context) =>
        new[] { ("prefill", context.PrefillTps), ("generation", context.GenerationTps) }.Where(rate => rate.Item2 is not null)
            .Select(rate => (rate.Item1, rate.Item2!));

    private static string FormatRates(MetricSummary figure, IReadOnlyList<int> trials) =>
        WordFormat.List(
            figure.Trials.Zip(figure.Values).Where(entry => trials.Contains(entry.First))
                .Select(entry => NumberFormat.Rate(entry.Second)));
}
