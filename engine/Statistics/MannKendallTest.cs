using MathNet.Numerics.Distributions;

namespace MemoryWall.Statistics;

/// <summary>A trend over a series, or none.</summary>
/// <param name="S">Rises less falls over all pairs.</param>
/// <param name="PValue">The two-sided probability of an S so far from 0 without a trend.</param>
/// <param name="Slope">Theil and Sen's slope: the median of the slopes of all pairs, in units of the values for each step.</param>
internal sealed record Trend(int S, double PValue, double Slope);

/// <summary>
/// The trend test of Mann (1945) and Kendall (1975) as Gilbert gives it, "Statistical Methods for Environmental Pollution Monitoring"
/// (1987), 16.4: exact for up to 10 values without ties, else normal with the correction for ties and for continuity.
/// </summary>
internal static class MannKendallTest
{
    private const int MaxExactSampleSize = 10;

    /// <summary>Tests a series in the order of time.</summary>
    /// <param name="series">3 values or more.</param>
    public static Trend Compute(IReadOnlyList<double> series)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(series.Count, 3);
        var s = 0;
        var slopes = new List<double>();
        for (var i = 0; i < series.Count; i++)
            for (var j = i + 1; j < series.Count; j++)
            {
                s += Math.Sign(series[j] - series[i]);
                slopes.Add((series[j] - series[i]) / (j - i));
            }
        var ties = series.GroupBy(value => value).Select(group => group.Count()).Where(count => count > 1).ToList();
        var p = series.Count <= MaxExactSampleSize && ties.Count == 0
            ? ExactPValue(series.Count, Math.Abs(s))
            : ApproximatePValue(series.Count, s, ties);
        return new Trend(s, p, Quantiles.Median(slopes));
    }

    /// <summary>The normal approximation's variable.</summary>
    public static double ComputeZ(int count, int s, IReadOnlyCollection<int> ties)
    {
        static double Term(double t) => t * (t - 1) * (2 * t + 5);
        var variance = (Term(count) - ties.Sum(t => Term(t))) / 18;
        return variance == 0 || s == 0 ? 0 : (s - Math.Sign(s)) / Math.Sqrt(variance);
    }

    private static double ApproximatePValue(int count, int s, IReadOnlyCollection<int> ties) =>
        Math.Min(1, 2 * Normal.CDF(0, 1, -Math.Abs(ComputeZ(count, s, ties))));

    private static double ExactPValue(int count, int s)
    {
        var chances = ChancesOfFalls(count);
        var pairs = count * (count - 1) / 2;
        return Math.Min(1, 2 * chances.Where((_, falls) => pairs - 2 * falls >= s).Sum());
    }

    /// <summary>
    /// The probability that series of which each has a trend of its own level rise or fall together as far as these do: Kendall's test over
    /// blocks (Hirsch, Slack and Smith, "Techniques of Trend Analysis for Monthly Water Quality Data", Water Resources Research 18 (1982),
    /// doi:10.1029/WR018i001p00107), exact. Equal values count as no pair, so the probability is too large rather than too small.
    /// </summary>
    /// <param name="blocks">The series, each in the order of what may cause the trend.</param>
    /// <returns>Two-sided; 1 where no series has two values.</returns>
    public static double PValueOfBlocks(IEnumerable<IReadOnlyList<double>> blocks)
    {
        var (s, pairs) = (0, 0);
        double[] chances = [1];
        foreach (var block in blocks)
        {
            for (var i = 0; i < block.Count; i++)
                s += block.Skip(i + 1).Sum(value => Math.Sign(value - block[i]));
            pairs += block.Count * (block.Count - 1) / 2;
            chances = Convolve(chances, ChancesOfFalls(block.Count));
        }
        return Math.Min(1, 2 * chances.Where((_, falls) => pairs - 2 * falls >= Math.Abs(s)).Sum());
    }

    // Of all orders of n values, as many have k falls as there are ways to give the i-th value 0 to i − 1 of them.
    private static double[] ChancesOfFalls(int count)
    {
        double[] chances = [1];
        for (var i = 2; i <= count; i++)
            chances = Convolve(chances, [.. Enumerable.Repeat(1.0 / i, i)]);
        return chances;
    }

    private static double[] Convolve(double[] one, double[] other)
    {
        var sum = new double[one.Length + other.Length - 1];
        for (var i = 0; i < one.Length; i++)
            for (var j = 0; j < other.Length; j++)
                sum[i + j] += one[i] * other[j];
        return sum;
    }
}
