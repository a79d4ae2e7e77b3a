namespace MemoryWall.Statistics;

/// <summary>The ratio of two quantities. Both are above 0, so differences are taken between their logarithms.</summary>
internal static class RatioEstimator
{
    /// <summary>b/a over pairs: changes that affect both values of a pair cancel out.</summary>
    /// <param name="a">Values above 0, one or more.</param>
    /// <param name="b">Their partners, in the same order.</param>
    /// <param name="level">The confidence level.</param>
    public static Estimate EstimatePaired(IReadOnlyList<double> a, IReadOnlyList<double> b, double level) =>
        Exponentiate(SignedRank.EstimateCenter([.. a.Zip(b, (first, second) => Math.Log(second / first))], level));

    /// <summary>The ratio of the medians, b/a, of unpaired samples; with fewer than 5 values on a side the range of all
    /// ratios.</summary>
    /// <param name="a">Values above 0, one or more.</param>
    /// <param name="b">Values above 0, one or more.</param>
    /// <param name="level">The confidence level.</param>
    public static Estimate EstimateUnpaired(IReadOnlyList<double> a, IReadOnlyList<double> b, double level)
    {
        var ratio = Quantiles.Median(b) / Quantiles.Median(a);
        var fewest = Math.Min(a.Count, b.Count);
        if (fewest == 1)
            return Estimate.FromSingleValue(ratio) with { Count = a.Count + b.Count };
        if (fewest < Bootstrap.MinSampleSize)
            return Estimate.FromRange(ratio, b.Min() / a.Max(), b.Max() / a.Min(), a.Count + b.Count);
        var ratios = Bootstrap.Resample([a, b], resampled => Bootstrap.MedianInPlace(resampled[1]) / Bootstrap.MedianInPlace(resampled[0]));
        return Estimate.FromConfidenceInterval(ratio, Bootstrap.PercentileInterval(ratios, level, fewest), level, a.Count + b.Count);
    }

    /// <summary>The median of given ratios, for example one for each context.</summary>
    public static Estimate Combine(IReadOnlyList<double> ratios, double level) =>
        Exponentiate(SignedRank.EstimateCenter([.. ratios.Select(ratio => Math.Log(ratio))], level));

    private static Estimate Exponentiate(Estimate logarithm) => logarithm with
    {
        Value = Math.Exp(logarithm.Value),
        Interval = logarithm.Interval is { } interval ? new Interval(Math.Exp(interval.Low), Math.Exp(interval.High)) : null,
    };
}
