using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>Verdicts on the times and rates of one level of concurrency.</summary>
internal static class RateVerdicts
{
    /// <summary>A phase dominates where it takes more than this share of the time.</summary>
    private const double DominanceShare = 0.55;

    /// <summary>A change of less than this part is called none.</summary>
    private const double MinChange = 0.05;

    private const double ConfidenceLevel = 0.95;

    public static IEnumerable<Verdict> Evaluate(IReadOnlyList<ContextSummary> level, IReadOnlyList<TrialView> trials, bool severalLevels)
    {
        var prefix = severalLevels ? Prefix(level[0]) : "";
        Verdict?[] verdicts =
        [
            DominanceVerdict(level),
            CrossoverVerdict(level),
            ChangeVerdict(level, "prefill", context => context.PrefillTps),
            ChangeVerdict(level, "generation", context => context.GenerationTps),
            .. SeriesVerdicts.Evaluate(level, trials),
            .. SpreadVerdicts.Evaluate(level),
        ];
        return verdicts.OfType<Verdict>().Select(verdict => verdict with { Sentence = prefix + verdict.Sentence });
    }

    private static string Prefix(ContextSummary level)
    {
        var method = level.Method == SweepMethod.Cold ? "" : $", {level.Method.Label()}";
        var label = (level.Label & ~TrialFlags.SyntheticDepth) is var left and not TrialFlags.None
            ? $"{method}, {string.Join(", ", left.Names())}"
            : method;
        return FormattableString.Invariant(
            $"With {level.Concurrency} {(level.Concurrency == 1 ? "stream" : "streams")} and {level.OutputTokensAsked} output tokens{label}: ");
    }

    private static Verdict? DominanceVerdict(IReadOnlyList<ContextSummary> level)
    {
        var known = level.Where(context => context.PrefillShare is not null).ToList();
        if (known.Count == 0)
            return null;
        var shares = WordFormat.List(
            known.Select(
                context => $"{NumberFormat.Percent(context.PrefillShare!.Median)} at {NumberFormat.Context(context.ContextTokens)}"));
        string?[] parts =
        [
            DescribeWhere(known, "prefill dominates", share => share > DominanceShare),
            DescribeWhere(known, "generation dominates", share => share < 1 - DominanceShare),
            DescribeWhere(known, "neither dominates", share => share is <= DominanceShare and >= 1 - DominanceShare),
        ];
        return new Verdict(VerdictTopic.Dominance, $"Prefill takes {shares} of the time: {string.Join("; ", parts.OfType<string>())}.",
            EvidenceTrials(known.Select(context => context.PrefillShare!)));
    }

    private static string? DescribeWhere(List<ContextSummary> contexts, string what, Func<double, bool> holds)
    {
        var names = contexts.Where(context => holds(context.PrefillShare!.Median))
            .Select(context => NumberFormat.Context(context.ContextTokens)).ToList();
        return names.Count == 0 ? null : $"{what} at {WordFormat.List(names)}";
    }

    private static Verdict? CrossoverVerdict(IReadOnlyList<ContextSummary> level)
    {
        var crossover = Crossover.Compute(level);
        return crossover.Kind == CrossoverKind.Unknown ? null : new Verdict(VerdictTopic.Crossover, crossover.Sentence, crossover.Trials);
    }

    private static Verdict? ChangeVerdict(IReadOnlyList<ContextSummary> level, string phase, Func<ContextSummary, MetricSummary?> rate)
    {
        var known = level.Where(context => rate(context) is not null).ToList();
        if (known.Count < 2)
            return null;
        var (first, last) = (rate(known[0])!, rate(known[^1])!);
        var from =
            $"From {NumberFormat.Context(known[0].ContextTokens)} to {NumberFormat.Context(known[^1].ContextTokens)} the {phase} rate";
        var rates = $"{NumberFormat.Rate(first.Median)} to {NumberFormat.Rate(last.Median)}";
        var ratio = last.Median / first.Median;
        // With fewer than 5 repetitions the interval is the range of what was seen, with one there is none.
        var sentence = RatioEstimator.EstimateUnpaired(first.IndependentValues, last.IndependentValues, ConfidenceLevel)
            .Interval is { } interval && interval.Contains(1)
            ? $"{from} goes from {rates}, which its spread over repetitions does not tell apart"
            : Math.Abs(ratio - 1) < MinChange
                ? $"{from} stays about the same ({rates})"
                : $"{from} {(ratio < 1 ? "falls" : "rises")} from {rates}, to {NumberFormat.Ratio(ratio)} of what it was";
        return new Verdict(VerdictTopic.Rates, $"{sentence}{DescribeBetween(known, rate)}.",
            EvidenceTrials(known.Select(context => rate(context)!)));
    }

    // What happens on the way is said only where the ends do not tell it.
    private static string DescribeBetween(List<ContextSummary> known, Func<ContextSummary, MetricSummary?> rate)
    {
        var (highest, lowest) = (known.MaxBy(context => rate(context)!.Median)!, known.MinBy(context => rate(context)!.Median)!);
        var inside = new[] { ("highest", highest), ("lowest", lowest) }.Where(entry => entry.Item2 != known[0] && entry.Item2 != known[^1])
            .Select(entry =>
                $"{entry.Item1} at {NumberFormat.Context(entry.Item2.ContextTokens)} ({NumberFormat.Rate(rate(entry.Item2)!.Median)})")
                .ToList();
        return inside.Count == 0 ? "" : $"; in between it is {WordFormat.List(inside)}";
    }

    private static IReadOnlyList<int> EvidenceTrials(IEnumerable<MetricSummary> figures) =>
        [.. figures.SelectMany(figure => figure.Trials).Distinct().Order()];
}
