using System.Collections.Concurrent;
using MathNet.Numerics.Distributions;

namespace MemoryWall.Statistics;

/// <summary>Measures of spread that a single outlier does not change.</summary>
internal static class Dispersion
{
    /// <summary>1/Φ⁻¹(0.75): makes the deviation below estimate the standard deviation of normal values.</summary>
    public const double NormalConsistency = 1.482602218505602;

    // The same for the mean absolute deviation: √(π/2).
    private const double MeanConsistency = 1.2533141373155001;

    // Iglewicz and Hoaglin's limit, for large samples.
    private const double MinOutlierScore = 3.5;
    private const int MinOutlierSampleSize = 5;

    // The false alarm rate for samples without an outlier.
    private const double SignificanceLevel = 0.01;
    private const int Replicates = 10_000;
    private const int Seed = 19930116;
    private static readonly ConcurrentDictionary<int, double[]> s_maxScores = [];

    /// <summary>Median absolute deviation from the median, unscaled.</summary>
    public static double MedianAbsoluteDeviation(IReadOnlyCollection<double> sample)
    {
        var median = Quantiles.Median(sample);
        return Quantiles.Median(sample.Select(value => Math.Abs(value - median)));
    }

    /// <summary>The scaled deviation as a share of the median: what a coefficient of variation is for the mean. Absent where the median is
    /// 0 or there is one value.</summary>
    public static double? RobustCoefficientOfVariation(IReadOnlyCollection<double> sample)
    {
        var median = Quantiles.Median(sample);
        return sample.Count < 2 || median == 0 ? null : NormalConsistency * MedianAbsoluteDeviation(sample) / Math.Abs(median);
    }

    /// <summary>
    /// Indexes of the outliers by the modified z-score 0.6745·(x − median)/MAD: Iglewicz and Hoaglin, "How to Detect and
    /// Handle Outliers" (1993), as in the NIST/SEMATECH e-Handbook 1.3.5.17. Their limit of 3.5 is for large samples: of 5 normal values
    /// one is beyond it in every fifth sample. So the limit is the score that only 1% of normal samples of the same size reach,
    /// and at least theirs. If more than half of the values are equal, the mean absolute deviation is used with their limit.
    /// None in a sample of fewer than 5.
    /// </summary>
    public static IReadOnlyList<int> FindOutliers(IReadOnlyList<double> sample)
    {
        if (sample.Count < MinOutlierSampleSize || ModifiedZScores(sample) is not { } scores)
            return [];
        var limit = MedianAbsoluteDeviation(sample) == 0 ? MinOutlierScore : OutlierScoreLimit(sample.Count);
        return [.. Enumerable.Range(0, sample.Count).Where(i => scores[i] > limit)];
    }

    /// <summary>The score that only 1% of normal samples of a size reach.</summary>
    public static double OutlierScoreLimit(int count) =>
        Math.Max(MinOutlierScore, Quantiles.QuantileOfSorted(SimulateMaxScores(count), 1 - SignificanceLevel));

    /// <summary>The probability that a normal sample of the same size contains an outlier as far as the farthest of this sample; 1 where it
    /// is undefined.</summary>
    public static double MaxScorePValue(IReadOnlyList<double> sample)
    {
        if (sample.Count < MinOutlierSampleSize || ModifiedZScores(sample) is not { } scores)
            return 1;
        var (all, far) = (SimulateMaxScores(sample.Count), scores.Max());
        return (all.Count(score => score >= far) + 1.0) / (all.Length + 1);
    }

    private static double[]? ModifiedZScores(IReadOnlyList<double> sample)
    {
        var median = Quantiles.Median(sample);
        var scale = NormalConsistency * MedianAbsoluteDeviation(sample);
        if (scale == 0)
            scale = MeanConsistency * sample.Average(value => Math.Abs(value - median));
        return scale == 0 ? null : [.. sample.Select(value => Math.Abs(value - median) / scale)];
    }

    // The largest score of normal samples, sorted; simulated once for each size, with a fixed seed.
    private static double[] SimulateMaxScores(int count) => s_maxScores.GetOrAdd(count, static size =>
    {
        var random = new Random(Seed);
        var normal = new double[size];
        return [.. Enumerable.Range(0, Replicates).Select(_ =>
        {
            Normal.Samples(random, normal, 0, 1);
            return ModifiedZScores(normal)!.Max();
        }).Order()];
    });
}
