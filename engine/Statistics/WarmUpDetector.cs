namespace MemoryWall.Statistics;

/// <summary>The number of values at the beginning of a series that differ from the later ones.</summary>
internal static class WarmUpDetector
{
    private const int MinSampleSize = 5;

    /// <summary>
    /// The number of values to skip by the marginal standard error rule (MSER: White, "An Effective Truncation Heuristic for Bias
    /// Reduction in Simulation Output", Simulation 69 (1997), doi:10.1177/003754979706900601): the d that makes Σ(x − mean)²/(n − d)² over
    /// the rest the smallest, d at most half the series. The rule always gives some d, and in a short series that is often chance; so each
    /// of the d values must also be an outlier of the rest, all on the same side. 0 for none; null for fewer than 5 values.
    /// </summary>
    public static int? DetectLength(IReadOnlyList<double> series)
    {
        if (series.Count < MinSampleSize)
            return null;
        var cut = Enumerable.Range(0, series.Count / 2 + 1).MinBy(d => SquaredMarginalStandardError(series, d));
        // The values that MSER cuts off may include settled ones at their end.
        for (; cut > 0; cut--)
        {
            if (IsSeparated(series, cut))
                return cut;
        }
        return 0;
    }

    /// <summary>The squared marginal standard error of the series without its first d values.</summary>
    public static double SquaredMarginalStandardError(IReadOnlyList<double> series, int d)
    {
        double rest = series.Count - d;
        var mean = series.Skip(d).Average();
        return series.Skip(d).Sum(value => (value - mean) * (value - mean)) / (rest * rest);
    }

    private static bool IsSeparated(IReadOnlyList<double> series, int cut)
    {
        var rest = series.Skip(cut).ToList();
        var middle = Quantiles.Median(rest);
        var scale = Dispersion.NormalConsistency * Dispersion.MedianAbsoluteDeviation(rest);
        var clear = Dispersion.OutlierScoreLimit(rest.Count);
        var first = series.Take(cut).Select(value => value - middle).ToList();
        return first.All(distance => Math.Abs(distance) > clear * scale && distance != 0 && Math.Sign(distance) == Math.Sign(first[0]));
    }
}
