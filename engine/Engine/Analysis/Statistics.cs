namespace MemoryWall.Analysis;

/// <summary>Small helpers over samples. None drops a value; an empty sample is a caller's bug.</summary>
internal static class Statistics
{
    /// <summary>The middle value, or the mean of the two middle ones.</summary>
    public static double Median(IEnumerable<double> sample) => Quantile(sample, 0.5);

    /// <summary>
    /// The quantile by linear interpolation between order statistics at 1 + p(n − 1): type 7 of Hyndman and Fan,
    /// "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996), doi:10.1080/00031305.1996.10473566.
    /// The default of R, NumPy and spreadsheets.
    /// </summary>
    /// <param name="sample">One value or more, in any order.</param>
    /// <param name="p">From 0 (the smallest) to 1 (the largest).</param>
    public static double Quantile(IEnumerable<double> sample, double p)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(p);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(p, 1);
        var sorted = sample.Order().ToArray();
        if (sorted.Length == 0)
            throw new ArgumentException("an empty sample has no quantile", nameof(sample));
        var place = p * (sorted.Length - 1);
        var below = (int)place;
        return below + 1 == sorted.Length ? sorted[below] : sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
    }

    /// <summary>Median absolute deviation from the median, unscaled: a spread that one wild value cannot move.</summary>
    public static double MedianAbsoluteDeviation(IReadOnlyCollection<double> sample)
    {
        var median = Median(sample);
        return Median(sample.Select(value => Math.Abs(value - median)));
    }

    /// <summary>The middle value, or the geometric mean of the two middle ones: a median for quantities that differ by factors.</summary>
    /// <param name="sample">Values above 0.</param>
    public static double GeometricMedian(IEnumerable<double> sample) => Math.Exp(Median(sample.Select(value => Math.Log(value))));
}
