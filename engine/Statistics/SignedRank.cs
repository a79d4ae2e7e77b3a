using MathNet.Numerics.Distributions;

namespace MemoryWall.Statistics;

/// <summary>
/// The middle of a symmetric sample by Hodges and Lehmann (the median of the means of all pairs) with Wilcoxon's interval: Hollander, Wolfe
/// and Chicken,
/// "Nonparametric Statistical Methods" (2014), 3.2 and 3.3. The interval is exact up to 50 values and normal beyond.
/// </summary>
internal static class SignedRank
{
    private const int MaxExactSampleSize = 50;

    /// <summary>The estimate; the range where there are too few values for the level.</summary>
    /// <param name="sample">One value or more.</param>
    /// <param name="level">The confidence level, for example 0.95.</param>
    public static Estimate EstimateCenter(IReadOnlyList<double> sample, double level)
    {
        var means = WalshAverages(sample);
        var middle = Quantiles.QuantileOfSorted(means, 0.5);
        if (sample.Count == 1)
            return Estimate.FromSingleValue(middle);
        var rank = CriticalRank(sample.Count, (1 - level) / 2);
        return rank < 1
            ? Estimate.FromRange(middle, means[0], means[^1], sample.Count)
            : Estimate.FromConfidenceInterval(middle, new Interval(means[rank - 1], means[^rank]), level, sample.Count);
    }

    private static double[] WalshAverages(IReadOnlyList<double> sample)
    {
        var means = new List<double>(sample.Count * (sample.Count + 1) / 2);
        for (var i = 0; i < sample.Count; i++)
            for (var j = i; j < sample.Count; j++)
                means.Add((sample[i] + sample[j]) / 2);
        means.Sort();
        return [.. means];
    }

    // The largest k with P(T < k) no more than the tail: the k smallest means are outside.
    private static int CriticalRank(int count, double tail)
    {
        var maxSum = count * (count + 1) / 2;
        if (count > MaxExactSampleSize)
        {
            var deviation = Math.Sqrt(count * (count + 1.0) * (2 * count + 1) / 24);
            return Math.Max(1, (int)Math.Floor(maxSum / 2.0 + Normal.InvCDF(0, 1, tail) * deviation));
        }
        var chances = RankSumProbabilities(count, maxSum);
        var (rank, below) = (0, 0.0);
        while (rank <= maxSum && below + chances[rank] <= tail)
            below += chances[rank++];
        return rank;
    }

    // The probability of each sum of ranks, where each rank from 1 to n is included with probability 1/2.
    private static double[] RankSumProbabilities(int count, int maxSum)
    {
        var chances = new double[maxSum + 1];
        chances[0] = 1;
        for (var rank = 1; rank <= count; rank++)
            for (var sum = maxSum; sum >= 0; sum--)
                chances[sum] = (chances[sum] + (sum >= rank ? chances[sum - rank] : 0)) / 2;
        return chances;
    }
}
