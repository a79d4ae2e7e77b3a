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

    /// <param name="level">The level's summaries, one or more.</param>
    /// <param name="changes">How its rates change over the contexts.</param>
    /// <param name="trials">All trials of the run.</param>
    /// <param name="severalLevels">Whether the run has other levels, so that each sentence names its level.</param>
    public static IEnumerable<Verdict> Evaluate(IReadOnlyList<ContextSummary> level, IReadOnlyList<RateChange> changes,
        IReadOnlyList<TrialView> trials, bool severalLevels)
    {
        var prefix = severalLevels ? FormatLevel(level[0]) : "";
        Verdict?[] verdicts =
        [
            DominanceVerdict(level),
            CrossoverVerdict(level),
            .. changes.Select(change => ChangeVerdict(level, change)),
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

    private static Verdict ChangeVerdict(IReadOnlyList<ContextSummary> level, RateChange change)
    {
        MetricSummary? Rate(ContextSummary context) => change.Rate == TrialRate.Prefill ? context.PrefillTps : context.GenerationTps;
        var known = level.Where(context => Rate(context) is not null).ToList();
        var (from, to) = (NumberFormat.Context(change.FromTokens), NumberFormat.Context(change.ToTokens));
        var range = $"From {from} to {to} the {(change.Rate == TrialRate.Prefill ? "prefill" : "generation")} rate";
        var rates = $"{NumberFormat.Rate(change.From.Median)} to {NumberFormat.Rate(change.To.Median)}";
        var factor = $"a factor of {NumberFormat.Ratio(change.Finding.Ratio.Value)}";
        var sentence = change.Finding.Verdict switch
        {
            RatioVerdict.Lower => $"{range} falls from {rates}, {factor}",
            RatioVerdict.Higher => $"{range} rises from {rates}, {factor}",
            RatioVerdict.TooFew =>
                $"{range} goes from {rates}; {SupportFormat.Missing(change.Finding)} would show whether it is a change",
            _ => $"{range} goes from {rates}, a change within the spread of the repetitions",
        };
        return new Verdict(VerdictTopic.Rates, $"{sentence}{DescribeBetween(known, Rate)}.",
            EvidenceTrials(known.Select(context => Rate(context)!)));
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
