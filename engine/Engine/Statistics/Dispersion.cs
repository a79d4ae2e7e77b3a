namespace MemoryWall.Statistics;

/// <summary>How far values lie apart, so that one wild value cannot move the answer.</summary>
internal static class Dispersion
{
    /// <summary>1/Φ⁻¹(0.75): makes the deviation below estimate the standard deviation of normal values.</summary>
    public const double NormalConsistency = 1.482602218505602;

    // The same for the mean absolute deviation: √(π/2).
    private const double MeanConsistency = 1.2533141373155001;

    // Iglewicz and Hoaglin's recommendation.
    private const double OutlierScore = 3.5;
    private const int FewestForOutliers = 5;

    /// <summary>Median absolute deviation from the median, unscaled.</summary>
    public static double MedianAbsoluteDeviation(IReadOnlyCollection<double> sample)
    {
        var median = Quantiles.Median(sample);
        return Quantiles.Median(sample.Select(value => Math.Abs(value - median)));
    }

    /// <summary>The scaled deviation as a share of the median: what a coefficient of variation is for the mean. Absent where the median is 0 or there is one value.</summary>
    public static double? Relative(IReadOnlyCollection<double> sample)
    {
        var median = Quantiles.Median(sample);
        return sample.Count < 2 || median == 0 ? null : NormalConsistency * MedianAbsoluteDeviation(sample) / Math.Abs(median);
    }

    /// <summary>
    /// Places of the values whose modified z-score 0.6745·(x − median)/MAD is beyond 3.5: Iglewicz and Hoaglin, "How to Detect and Handle Outliers"
    /// (1993), as in the NIST/SEMATECH e-Handbook 1.3.5.17. Where more than half of the values are equal the mean absolute deviation stands in.
    /// None in a sample of fewer than 5.
    /// </summary>
    public static IReadOnlyList<int> Outliers(IReadOnlyList<double> sample)
    {
        if (sample.Count < FewestForOutliers)
            return [];
        var median = Quantiles.Median(sample);
        var scale = NormalConsistency * MedianAbsoluteDeviation(sample);
        if (scale == 0)
            scale = MeanConsistency * sample.Average(value => Math.Abs(value - median));
        return scale == 0 ? [] : [.. Enumerable.Range(0, sample.Count).Where(i => Math.Abs(sample[i] - median) / scale > OutlierScore)];
    }
}
