using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Verdicts;

/// <summary>Verdicts on the times and rates of one level of a run.</summary>
internal static class RateVerdicts
{
    /// <summary>A phase dominates where it takes more than this share of the time.</summary>
    private const double DominanceShare = 0.55;

    /// <summary>A smaller relative change counts as no change.</summary>
    private const double MinChange = 0.05;

    private const double ConfidenceLevel = 0.95;

    /// <param name="level">The level's summaries, one or more.</param>
    /// <param name="trials">All trials of the run.</param>
    /// <param name="severalLevels">Whether the run has other levels, so that each sentence names its level.</param>
    public static IEnumerable<Verdict> Evaluate(IReadOnlyList<ContextSummary> level, IReadOnlyList<TrialView> trials, bool severalLevels)
    {
        var prefix = severalLevels ? FormatLevel(level[0]) : "";
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

    private static string FormatLevel(ContextSummary level)
    {
        var streams = string.Create(CultureInfo.InvariantCulture, $"{level.Concurrency} {(level.Concurrency == 1 ? "stream" : "streams")}");
        var method = level.Method == SweepMethod.Cold ? "" : $", {level.Method.Label()}";
        var labels = (level.Label & ~TrialFlags.SyntheticDepth) is var left and not TrialFlags.None
            ? $", {string.Join(", ", left.Labels())}"
            : "";
        return $"With {streams} and {level.OutputTokensAsked} output tokens{method}{labels}: ";
    }

    private static Verdict? DominanceVerdict(IReadOnlyList<ContextSummary> level)
    {
        var known = level.Where(context => context.PrefillShare is not null).ToList();
        if (known.Count == 0)
            return null;
        var shares = WordFormat.List(known.Select(
            context => $"{NumberFormat.Percent(context.PrefillShare!.Median)} at {NumberFormat.Context(context.ContextTokens)}"));
        string?[] parts =
        [
            DescribeWhere(known, "prefill dominates", share => share > DominanceShare),
            DescribeWhere(known, "generation dominates", share => share < 1 - DominanceShare),
            DescribeWhere(known, "neither dominates", share => share is <= DominanceShare and >= 1 - DominanceShare),
        ];
        return new Verdict(VerdictTopic.Dominance, $"Prefill's share of the time is {shares}: {string.Join("; ", parts.OfType<string>())}.",
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
        return crossover.Kind == CrossoverKind.Unknown
            ? null
            : new Verdict(VerdictTopic.Crossover, CrossoverSentence.Format(crossover), crossover.Trials);
    }

    private static Verdict? ChangeVerdict(IReadOnlyList<ContextSummary> level, string phase, Func<ContextSummary, MetricSummary?> rate)
    {
        var known = level.Where(context => rate(context) is not null).ToList();
        if (known.Count < 2)
            return null;
        var (first, last) = (rate(known[0])!, rate(known[^1])!);
        var (from, to) = (NumberFormat.Context(known[0].ContextTokens), NumberFormat.Context(known[^1].ContextTokens));
        var range = $"From {from} to {to} the {phase} rate";
        var rates = $"{NumberFormat.Rate(first.Median)} to {NumberFormat.Rate(last.Median)}";
        var ratio = last.Median / first.Median;
        // With fewer than 5 repetitions the interval is the range of the values; with one repetition there is no interval.
        var interval = RatioEstimator.EstimateUnpaired(first.IndependentValues, last.IndependentValues, ConfidenceLevel).Interval;
        string sentence;
        if (interval is { } found && found.Contains(1))
            sentence = $"{range} goes from {rates}, a change within the spread of the repetitions";
        else if (Math.Abs(ratio - 1) < MinChange)
            sentence = $"{range} stays about the same ({rates})";
        else
            sentence = $"{range} {(ratio < 1 ? "falls" : "rises")} from {rates}, a factor of {NumberFormat.Ratio(ratio)}";
        return new Verdict(VerdictTopic.Rates, $"{sentence}{DescribeBetween(known, rate)}.",
            EvidenceTrials(known.Select(context => rate(context)!)));
    }

    // Contexts in between are named only where they are beyond both ends.
    private static string DescribeBetween(List<ContextSummary> known, Func<ContextSummary, MetricSummary?> rate)
    {
        var (highest, lowest) = (known.MaxBy(context => rate(context)!.Median)!, known.MinBy(context => rate(context)!.Median)!);
        var inside = new[] { (Name: "highest", At: highest), (Name: "lowest", At: lowest) }
            .Where(entry => entry.At != known[0] && entry.At != known[^1])
            .Select(entry => $"{entry.Name} at {NumberFormat.Context(entry.At.ContextTokens)} "
                + $"({NumberFormat.Rate(rate(entry.At)!.Median)})").ToList();
        return inside.Count == 0 ? "" : $"; in between it is {WordFormat.List(inside)}";
    }

    private static IReadOnlyList<int> EvidenceTrials(IEnumerable<MetricSummary> metrics) =>
        [.. metrics.SelectMany(metric => metric.Trials).Distinct().Order()];
}
