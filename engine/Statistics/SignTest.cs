namespace MemoryWall.Statistics;

/// <summary>The exact sign test of pairs that differ (Arbuthnot, 1710; for pairs of yes and no it is the test of McNemar, 1947).</summary>
internal static class SignTest
{
    /// <summary>The probability that so many of the pairs or more differ in one direction where both directions are equally likely: 1 where
    /// none does.</summary>
    /// <param name="more">Pairs in the direction, 0 or more.</param>
    /// <param name="less">Pairs in the other one, 0 or more.</param>
    public static double ComputePValue(int more, int less)
    {
        var pairs = more + less;
        // The logarithm of the probability of each count, from 0 on.
        var (log, sum) = (-pairs * Math.Log(2), 0.0);
        for (var count = 0; count <= pairs; count++)
        {
            if (count >= more)
                sum += Math.Exp(log);
            log += Math.Log(pairs - count) - Math.Log(count + 1);
        }
        return Math.Min(1, sum);
    }
}
