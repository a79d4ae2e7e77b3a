using MemoryWall.Facts;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>Verdicts on the times and rates of one level of concurrency.</summary>
internal static class RateVerdicts
{
    /// <summary>A phase dominates where it takes more than this share of the time.</summary>
    private const double Dominates = 0.55;

    /// <summary>A change of less than this part is called none.</summary>
    private const double NoChange = 0.05;

    private const double Level = 0.95;

    public static IEnumerable<Verdict> Of(IReadOnlyList<ContextSummary> level, IReadOnlyList<TrialView> trials, bool severalLevels)
    {
        var prefix = severalLevels ? Prefix(level[0]) : "";
        Verdict?[] verdicts =
        [
            Dominance(level),
            OfCrossover(level),
            Change(level, "prefill", context => context.PrefillTps),
            Change(level, "generation", context => context.GenerationTps),
            .. SeriesVerdicts.Of(level, trials),
            .. SpreadVerdicts.Of(level),
        ];
        return verdicts.OfType<Verdict>().Select(verdict => verdict with { Sentence = prefix + verdict.Sentence });
    }

    private static string Prefix(ContextSummary of)
    {
        var method = of.Method == SweepMethod.Cold ? "" : $", {of.Method.Label()}";
        var label = (of.Label & ~TrialFlags.SyntheticDepth) is var left and not TrialFlags.None ? $"{method}, {string.Join(", ", left.Names())}" : method;
        return FormattableString.Invariant($"With {of.Concurrency} {(of.Concurrency == 1 ? "stream" : "streams")} and {of.OutputTokensAsked} output tokens{label}: ");
    }

    private static Verdict? Dominance(IReadOnlyList<ContextSummary> level)
    {
        var known = level.Where(context => context.PrefillShare is not null).ToList();
        if (known.Count == 0)
            return null;
        var shares = Words.List(known.Select(context => $"{Words.Percent(context.PrefillShare!.Median)} at {Words.Context(context.ContextTokens)}"));
        string?[] parts =
        [
            Where(known, "prefill dominates", share => share > Dominates),
            Where(known, "generation dominates", share => share < 1 - Dominates),
            Where(known, "neither dominates", share => share is <= Dominates and >= 1 - Dominates),
        ];
        return new Verdict(VerdictTopic.Dominance, $"Prefill takes {shares} of the time: {string.Join("; ", parts.OfType<string>())}.", Evidence(known.Select(context => context.PrefillShare!)));
    }

    private static string? Where(List<ContextSummary> contexts, string what, Func<double, bool> holds)
    {
        var names = contexts.Where(context => holds(context.PrefillShare!.Median)).Select(context => Words.Context(context.ContextTokens)).ToList();
        return names.Count == 0 ? null : $"{what} at {Words.List(names)}";
    }

    private static Verdict? OfCrossover(IReadOnlyList<ContextSummary> level)
    {
        var crossover = Crossover.Of(level);
        return crossover.Kind == CrossoverKind.Unknown ? null : new Verdict(VerdictTopic.Crossover, crossover.Sentence, crossover.Trials);
    }

    private static Verdict? Change(IReadOnlyList<ContextSummary> level, string phase, Func<ContextSummary, Figure?> rate)
    {
        var known = level.Where(context => rate(context) is not null).ToList();
        if (known.Count < 2)
            return null;
        var (first, last) = (rate(known[0])!, rate(known[^1])!);
        var from = $"From {Words.Context(known[0].ContextTokens)} to {Words.Context(known[^1].ContextTokens)} the {phase} rate";
        var rates = $"{Words.Rate(first.Median)} to {Words.Rate(last.Median)}";
        var ratio = last.Median / first.Median;
        // With fewer than 5 repetitions the interval is the range of what was seen, with one there is none.
        var sentence = RatioEstimator.EstimateUnpaired(first.Independent, last.Independent, Level).Interval is { } interval && interval.Contains(1)
            ? $"{from} goes from {rates}, which its spread over repetitions does not tell apart"
            : Math.Abs(ratio - 1) < NoChange
                ? $"{from} stays about the same ({rates})"
                : $"{from} {(ratio < 1 ? "falls" : "rises")} from {rates}, to {Words.Ratio(ratio)} of what it was";
        return new Verdict(VerdictTopic.Rates, $"{sentence}{Between(known, rate)}.", Evidence(known.Select(context => rate(context)!)));
    }

    // What happens on the way is said only where the ends do not tell it.
    private static string Between(List<ContextSummary> known, Func<ContextSummary, Figure?> rate)
    {
        var (highest, lowest) = (known.MaxBy(context => rate(context)!.Median)!, known.MinBy(context => rate(context)!.Median)!);
        var inside = new[] { ("highest", highest), ("lowest", lowest) }.Where(entry => entry.Item2 != known[0] && entry.Item2 != known[^1])
            .Select(entry => $"{entry.Item1} at {Words.Context(entry.Item2.ContextTokens)} ({Words.Rate(rate(entry.Item2)!.Median)})").ToList();
        return inside.Count == 0 ? "" : $"; in between it is {Words.List(inside)}";
    }

    private static IReadOnlyList<int> Evidence(IEnumerable<Figure> figures) => [.. figures.SelectMany(figure => figure.Trials).Distinct().Order()];
}
