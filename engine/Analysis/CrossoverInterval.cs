using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>The uncertainty of a crossover over the repetitions of its trials.</summary>
internal static class CrossoverInterval
{
    private const int Replicates = 2000;

    // Shares of 0 and 1 have no logarithm; closer ones are treated as equal to this.
    private const double MinShare = 1e-12;

    // If more resamples than this give no rising line, the ends of the interval are unknown.
    private const double MaxFailedShare = 0.025;

    /// <summary>
    /// The interval of a crossing that was found between two contexts, from the line through the two; null where the repetitions do not
    /// bound it within the contexts measured.
    /// </summary>
    /// <param name="tokens">The crossing of the medians.</param>
    /// <param name="low">The context below it.</param>
    /// <param name="high">The context above it.</param>
    /// <param name="measured">From the smallest to the largest context with both phases measured.</param>
    /// <param name="level">The confidence level.</param>
    public static Estimate? Compute(double tokens, ContextSummary low, ContextSummary high, Interval measured, double level)
    {
        IReadOnlyList<double>[] groups = [low.PrefillShare!.IndependentValues, high.PrefillShare!.IndependentValues];
        var fewest = groups.Min(group => group.Count);
        // A context that was measured once has no spread, so it bounds nothing; a crossing at a measured context has no second point for
        // the line.
        if (fewest == 1 || low == high)
            return Estimate.FromSingleValue(tokens);
        double? Line(double shareBelow, double shareAbove) =>
            LogRatio(shareBelow) is var below && LogRatio(shareAbove) is var above && above > below
                ? PhaseCrossing.Interpolate((low.ContextTokens, below), (high.ContextTokens, above))
                : null;
        Estimate? estimate;
        if (fewest < Bootstrap.MinSampleSize)
        {
            var earliest = Line(groups[0].Max(), groups[1].Max());
            var latest = Line(groups[0].Min(), groups[1].Min());
            estimate = earliest is null || latest is null
                ? null
                : Estimate.FromRange(tokens, Math.Min(tokens, earliest.Value), Math.Max(tokens, latest.Value), fewest);
        }
        else
        {
            var found = Bootstrap.Resample(groups,
                resampled => Line(Bootstrap.MedianInPlace(resampled[0]), Bootstrap.MedianInPlace(resampled[1])), Replicates);
            estimate = found.Length < (1 - MaxFailedShare) * Replicates
                ? null
                : Estimate.FromConfidenceInterval(tokens, Bootstrap.PercentileInterval(found, level, fewest), level, fewest);
        }
        return estimate is { Interval: { } interval } && interval.Low >= measured.Low && interval.High <= measured.High ? estimate : null;
    }

    /// <summary>
    /// How prefill's time compares with generation's: the logarithm of their ratio, above 0 where prefill takes longer. It is computed from
    /// prefill's share in each trial: a slow machine slows both phases of a trial (their correlation was 0.8), so their ratio scatters half
    /// as much as either.
    /// </summary>
    public static double LogRatio(ContextSummary context) => LogRatio(context.PrefillShare!.Median);

    private static double LogRatio(double share) => Math.Log(Math.Max(share, MinShare) / Math.Max(1 - share, MinShare));
}
