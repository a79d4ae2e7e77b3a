namespace MemoryWall.Statistics;

/// <summary>
/// The mean of a sample without its extremes and the variance of that mean, for Student's interval: Tukey and McLaughlin, "Less vulnerable
/// confidence and significance procedures for location based on a single sample", Sankhyā A 25 (1963); of two samples Yuen, "The two-sample
/// trimmed t for unequal population variances", Biometrika 61 (1974), doi:10.1093/biomet/61.1.165. One value in eight is trimmed at each
/// end, none of fewer than eight, so a single stray does not decide.
/// </summary>
/// <param name="Mean">The mean of the values that are left.</param>
/// <param name="Variance">Of this mean.</param>
/// <param name="DegreesOfFreedom">Values that are left less one.</param>
internal readonly record struct TrimmedMean(double Mean, double Variance, int DegreesOfFreedom)
{
    private const int TrimmedOneIn = 8;

    /// <summary>Of a sample of two values or more.</summary>
    public static TrimmedMean Compute(IReadOnlyList<double> sample)
    {
        var trimmed = sample.Count / TrimmedOneIn;
        double[] sorted = [.. sample.Order()];
        var left = sorted[trimmed..^trimmed];
        // Of the sample whose extremes are replaced by the nearest values that are left.
        var (low, high) = (left[0], left[^1]);
        double[] winsorized = [.. sorted.Select(value => Math.Clamp(value, low, high))];
        var center = winsorized.Average();
        var squares = winsorized.Sum(value => (value - center) * (value - center));
        return new TrimmedMean(left.Average(), squares / (left.Length - 1) / left.Length, left.Length - 1);
    }
}
