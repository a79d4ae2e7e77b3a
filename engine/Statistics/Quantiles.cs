using MathNet.Numerics.Statistics;

namespace MemoryWall.Statistics;

/// <summary>Quantiles of a sample. No value is dropped; an empty sample is an error of the caller.</summary>
internal static class Quantiles
{
    /// <summary>The middle value, or the mean of the two middle ones.</summary>
    public static double Median(IEnumerable<double> sample) => Quantile(sample, 0.5);

    /// <summary>The median of the values that are known; null where none is.</summary>
    public static double? MedianOfKnown(IEnumerable<double?> sample) =>
        sample.OfType<double>().ToList() is [_, ..] known ? Median(known) : null;

    /// <summary>
    /// The quantile by linear interpolation between order statistics at 1 + p(n − 1): type 7 of Hyndman and Fan,
    /// "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996), doi:10.1080/00031305.1996.10473566.
    /// The default of R, NumPy and spreadsheets.
    /// </summary>
    /// <param name="sample">One value or more, in any order.</param>
    /// <param name="p">From 0 (the smallest) to 1 (the largest).</param>
    public static double Quantile(IEnumerable<double> sample, double p) => QuantileOfSorted([.. sample.Order()], p);

    /// <summary>The same of a sample that is sorted already, smallest first.</summary>
    public static double QuantileOfSorted(double[] sorted, double p)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(p);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(p, 1);
        if (sorted.Length == 0)
            throw new ArgumentException("an empty sample has no quantile", nameof(sorted));
        // Rounding inside the interpolation must not carry a quantile out of the sample.
        return Math.Clamp(SortedArrayStatistics.QuantileCustom(sorted, p, QuantileDefinition.R7), sorted[0], sorted[^1]);
    }

    /// <summary>The middle value, or the geometric mean of the two middle ones: a median for quantities that differ by factors.</summary>
    /// <param name="sample">Values above 0.</param>
    public static double GeometricMedian(IEnumerable<double> sample) => Math.Exp(Median(sample.Select(value => Math.Log(value))));
}
