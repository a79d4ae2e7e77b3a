using MathNet.Numerics.Distributions;

namespace MemoryWall.Statistics;

/// <summary>
/// Whether one of two samples tends to be larger: Wilcoxon's rank sum, Mann and Whitney's U (Hollander, Wolfe and Chicken 2014, 4.1). Exact
/// for up to 50 values without ties, else normal with both corrections.
/// </summary>
internal static class RankSumTest
{
    private const int MaxExactSampleSize = 50;

    /// <summary>U, the pairs in which a value of <paramref name="a"/> is the larger (half for ties), and its two-sided probability where
    /// neither tends to be larger.</summary>
    /// <param name="a">One value or more.</param>
    /// <param name="b">One value or more.</param>
    public static (double U, double P) Compute(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var u = a.Sum(x => b.Sum(y => x > y ? 1
            : x == y ? 0.5 : 0));
        var ties = a.Concat(b).GroupBy(value => value).Select(group => group.Count()).Where(count => count > 1).ToList();
        return (u,
            ties.Count == 0 && a.Count + b.Count <= MaxExactSampleSize
                ? ExactPValue(a.Count, b.Count, (int)u)
                : ApproximatePValue(a.Count, b.Count, u, ties));
    }

    private static double ApproximatePValue(int m, int n, double u, IReadOnlyCollection<int> ties)
    {
        double all = m + n;
        var variance = m * (double)n / 12 * (all + 1 - ties.Sum(t => t * ((double)t * t - 1)) / (all * (all - 1)));
        var distance = Math.Max(0, Math.Abs(u - m * (double)n / 2) - 0.5);
        return variance <= 0 ? 1 : Math.Min(1, 2 * Normal.CDF(0, 1, -distance / Math.Sqrt(variance)));
    }

    private static double ExactPValue(int m, int n, int u)
    {
        // ways[i][v]: orders of i values of one sample among j of the other with U = v.
        var ways = new double[m + 1][];
        for (var i = 0; i <= m; i++)
            ways[i] = [1];
        for (var j = 1; j <= n; j++)
        {
            var next = new double[m + 1][];
            next[0] = [1];
            for (var i = 1; i <= m; i++)
            {
                next[i] = new double[i * j + 1];
                for (var v = 0; v < next[i].Length; v++)
                    next[i][v] = (v < ways[i].Length ? ways[i][v] : 0) + (v >= j && v - j < next[i - 1].Length ? next[i - 1][v - j] : 0);
            }
            ways = next;
        }
        var total = ways[m].Sum();
        var tail = Math.Min(ways[m].Take(u + 1).Sum(), ways[m].Skip(u).Sum());
        return Math.Min(1, 2 * tail / total);
    }
}
