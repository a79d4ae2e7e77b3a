using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;

namespace MemoryWall.Analysis;

/// <summary>The rate at which a context generates, failures that still generated included: what a system delivers there.</summary>
/// <param name="Tps">Tokens per second. Where <see cref="IsBound"/>, each value is an upper bound.</param>
/// <param name="IsBound">Whether every trial was stopped before its end, so that only upper bounds are known.</param>
internal sealed record GenerationReach(MetricSummary Tps, bool IsBound)
{
    /// <summary>The median rate; of bounds the largest, which holds for every trial.</summary>
    public double PerSecond => IsBound ? Tps.Max : Tps.Median;

    /// <summary>
    /// The rate of trials at one context. Trials that thrashed ran to their end with confirmed counts, so their rates are true and count
    /// like those that completed. Null where nothing was generated.
    /// </summary>
    /// <param name="views">Trials with the same settings, without doubtful ones.</param>
    public static GenerationReach? Compute(IReadOnlyList<TrialView> views)
    {
        if (MetricSummary.Summarize(views, view => view.GenerationRate?.PerSecond) is { } rates)
            return new GenerationReach(rates, IsBound: false);
        // A bound that leaves out a disturbed trial would not hold for it.
        var bounds = MetricSummary.Summarize(views, view => view.MaxGenerationRate?.PerSecond,
            new SpreadRules { MinUndisturbed = int.MaxValue });
        return bounds is null ? null : new GenerationReach(bounds, IsBound: true);
    }
}
