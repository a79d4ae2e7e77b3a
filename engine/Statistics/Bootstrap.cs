using MathNet.Numerics.Distributions;

namespace MemoryWall.Statistics;

/// <summary>
/// Intervals by resampling (Efron, "Bootstrap Methods: Another Look at the Jackknife", The Annals of Statistics 7 (1979)). The percentile
/// interval is widened for small samples as Hesterberg gives it, "What Teachers Should Know About the Bootstrap", The American Statistician
/// 69 (2015), doi:10.1080/00031305.2015.1089789: unwidened it is too narrow by √((n−1)/n) and by the difference between the normal and
/// Student's distribution. The same data always give the same interval.
/// </summary>
internal static class Bootstrap
{
    /// <summary>Below this many values a range is shown instead of an interval.</summary>
    public const int MinSampleSize = 5;

    private const int Replicates = 2000;
    private const int Seed = 20150821;

    /// <summary>
    /// The median with its interval; with fewer than 5 values the range of the values. No interval within a sample of n contains the median
    /// with more confidence than 1 − 2^(1−n), whatever the method: with 5 values 93.75%, which is then the level of the result.
    /// </summary>
    /// <param name="sample">One value or more.</param>
    /// <param name="level">The requested confidence level.</param>
    public static Estimate EstimateMedian(IReadOnlyList<double> sample, double level = 0.95)
    {
        var median = Quantiles.Median(sample);
        if (sample.Count == 1)
            return Estimate.FromSingleValue(median);
        if (sample.Count < MinSampleSize)
            return Estimate.FromRange(median, sample.Min(), sample.Max(), sample.Count);
        var medians = Resample([sample], resampled => MedianInPlace(resampled[0]));
        return Estimate.FromConfidenceInterval(median, PercentileInterval(medians, level, sample.Count),
            Math.Min(level, 1 - Math.Pow(2, 1 - sample.Count)), sample.Count);
    }

    /// <summary>The statistic over resamples of each group, sorted; resamples without a result are ignored.</summary>
    /// <param name="groups">The samples.</param>
    /// <param name="statistic">Takes one resample of each group; it may reorder them. Null or not finite for no result.</param>
    /// <param name="replicates">How many.</param>
    public static double[] Resample(IReadOnlyList<IReadOnlyList<double>> groups, Func<double[][], double?> statistic,
        int replicates = Replicates)
    {
        var random = new Random(Seed);
        var resampled = groups.Select(group => new double[group.Count]).ToArray();
        var results = new List<double>(replicates);
        for (var replicate = 0; replicate < replicates; replicate++)
        {
            for (var g = 0; g < resampled.Length; g++)
                for (var i = 0; i < resampled[g].Length; i++)
                    resampled[g][i] = groups[g][random.Next(resampled[g].Length)];
            if (statistic(resampled) is { } value && double.IsFinite(value))
                results.Add(value);
        }
        results.Sort();
        return [.. results];
    }

    /// <summary>The expanded percentile interval.</summary>
    /// <param name="distribution">Sorted, one value or more.</param>
    /// <param name="level">The confidence level.</param>
    /// <param name="count">Values in the (smallest) sample, 2 or more.</param>
    public static Interval PercentileInterval(double[] distribution, double level, int count)
    {
        var t = -StudentT.InvCDF(0, 1, count - 1, (1 - level) / 2);
        var tail = Normal.CDF(0, 1, -Math.Sqrt(count / (count - 1.0)) * t);
        return new Interval(Quantiles.QuantileOfSorted(distribution, tail), Quantiles.QuantileOfSorted(distribution, 1 - tail));
    }

    /// <summary>The median of values that may be reordered: fast enough for thousands of resamples.</summary>
    public static double MedianInPlace(double[] values)
    {
        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
