using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>Concludes how the times and rates of one level depend on the context.</summary>
internal static class RateVerdicts
{
    /// <summary>The verdicts in reading order.</summary>
    /// <param name="level">The level's summaries, one or more.</param>
    /// <param name="changes">How its rates change over the contexts.</param>
    /// <param name="crossover">Its crossover.</param>
    /// <param name="rules">The thresholds.</param>
    public static IEnumerable<Verdict> Evaluate(IReadOnlyList<ContextSummary> level, IReadOnlyList<RateChange> changes,
        Crossover crossover, SummaryRules rules)
    {
        ArgumentNullException.ThrowIfNull(level);
        ArgumentNullException.ThrowIfNull(rules);
        Verdict?[] verdicts =
        [
            FindDominance(level, rules),
            crossover.Kind != CrossoverKind.Unknown ? new CrossoverVerdict(crossover) : null,
            .. changes.Select(change => CreateChange(level, change)),
        ];
        return verdicts.OfType<Verdict>();
    }

    private static RateChangeVerdict CreateChange(IReadOnlyList<ContextSummary> level, RateChange change)
    {
        var phase = change.Rate == TrialRate.Prefill ? Phase.Prefill : Phase.Generation;
        var rates = level.Where(context => GetRate(context, phase) is not null).ToList();
        var medians = rates.Select(context => new ContextRate(context.ContextTokens, GetRate(context, phase)!.Median)).ToList();
        var (highest, lowest) = (medians.MaxBy(rate => rate.MedianTps)!, medians.MinBy(rate => rate.MedianTps)!);
        bool IsBetween(ContextRate rate) => rate != medians[0] && rate != medians[^1];
        return new RateChangeVerdict(phase, new ContextRate(change.FromTokens, change.From.Median),
            new ContextRate(change.ToTokens, change.To.Median), change.Finding,
            ListTrials(rates.Select(context => GetRate(context, phase)!)))
        {
            HighestBetween = IsBetween(highest) ? highest : null,
            LowestBetween = IsBetween(lowest) ? lowest : null,
        };
    }

    /// <summary>Which phase takes most of the time; null where no context has both phases.</summary>
    public static DominanceVerdict? FindDominance(IReadOnlyList<ContextSummary> level, SummaryRules rules)
    {
        var known = level.Where(context => context.PrefillShare is not null).ToList();
        return known.Count == 0
            ? null
            : new DominanceVerdict(
                [.. known.Select(context => new ContextShare(context.ContextTokens, context.PrefillShare!.Median,
                    FindDominant(context.PrefillShare.Median, rules)))],
                ListTrials(known.Select(context => context.PrefillShare!)));
    }

    private static DominantPhase FindDominant(double share, SummaryRules rules)
    {
        if (share > rules.DominantShare)
            return DominantPhase.Prefill;
        return share < 1 - rules.DominantShare ? DominantPhase.Generation : DominantPhase.Neither;
    }

    private static MetricSummary? GetRate(ContextSummary context, Phase phase) =>
        phase == Phase.Prefill ? context.PrefillTps : context.GenerationTps;

    private static IReadOnlyList<int> ListTrials(IEnumerable<MetricSummary> metrics) =>
        [.. metrics.SelectMany(metric => metric.Trials).Distinct().Order()];
}
