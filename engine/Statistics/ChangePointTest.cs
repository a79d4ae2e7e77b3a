namespace MemoryWall.Statistics;

/// <summary>The place in a series from which on the values are larger or smaller.</summary>
/// <param name="Index">The first value after the change.</param>
/// <param name="PValue">The probability that a series without a change has a place that looks at least as much like one.</param>
internal sealed record ChangePoint(int Index, double PValue);

/// <summary>
/// The test for one change at an unknown place after Pettitt, "A Non-Parametric Approach to the Change-Point Problem", Applied Statistics
/// 28 (1979), doi:10.2307/2346729, with the rank sum of each split divided by its standard deviation, so that a change near an end is found
/// too. The probability is that of permutations, which holds for any distribution of independent values and for the choice of the split.
/// </summary>
internal static class ChangePointTest
{
    private const int Replicates = 1999;
    private const int Seed = 1979;

    /// <summary>The most likely place; null where the series is too short for one.</summary>
    /// <param name="series">The values in the order of time.</param>
    /// <param name="minSide">The fewest values on each side.</param>
    public static ChangePoint? Find(IReadOnlyList<double> series, int minSide)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minSide, 1);
        if (series.Count < 2 * minSide)
            return null;
        var ranks = Rank(series);
        var (index, largest) = FindLargest(ranks, minSide);
        var random = new Random(Seed);
        var asLarge = 0;
        for (var replicate = 0; replicate < Replicates; replicate++)
        {
            random.Shuffle(ranks);
            // Sums of the same ranks in another order may differ in the last digits.
            if (FindLargest(ranks, minSide).Distance >= largest * (1 - 1e-12))
                asLarge++;
        }
        return new ChangePoint(index, (1.0 + asLarge) / (1 + Replicates));
    }

    private static (int Index, double Distance) FindLargest(double[] ranks, int minSide)
    {
        var (index, largest, sum) = (minSide, -1.0, 0.0);
        double n = ranks.Length;
        for (var i = 1; i <= ranks.Length - minSide; i++)
        {
            sum += ranks[i - 1];
            if (i < minSide)
                continue;
            var distance = Math.Abs(sum - i * (n + 1) / 2) / Math.Sqrt(i * (n - i));
            if (distance > largest)
                (index, largest) = (i, distance);
        }
        return (index, largest);
    }

    // Equal values share the mean of their ranks.
    private static double[] Rank(IReadOnlyList<double> series)
    {
        var order = Enumerable.Range(0, series.Count).OrderBy(i => series[i]).ToArray();
        var ranks = new double[series.Count];
        for (var from = 0; from < order.Length;)
        {
            var to = from;
            while (to + 1 < order.Length && series[order[to + 1]] == series[order[from]])
                to++;
            for (var i = from; i <= to; i++)
                ranks[order[i]] = (from + to) / 2.0 + 1;
            from = to + 1;
        }
        return ranks;
    }
}
