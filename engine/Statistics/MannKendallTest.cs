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

    // Of all orders of n values, as many have k falls as there are ways to give the i-th value 0 to i − 1 of them.
    private static double ExactPValue(int count, int s)
    {
        double[] chances = [1];
        for (var i = 2; i <= count; i++)
        {
            var next = new double[chances.Length + i - 1];
            for (var falls = 0; falls < chances.Length; falls++)
                for (var added = 0; added < i; added++)
                    next[falls + added] += chances[falls] / i;
            chances = next;
        }
        var pairs = count * (count - 1) / 2;
        return Math.Min(1, 2 * chances.Where((_, falls) => pairs - 2 * falls >= s).Sum());
    }
}
