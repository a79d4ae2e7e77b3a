namespace MemoryWall.Statistics;

/// <summary>
/// The values nearest to a sample by weighted least squares that never decrease, by pooling neighbours that do: Ayer, Brunk, Ewing, Reid
/// and Silverman, "An Empirical Distribution Function for Sampling with Incomplete Information", Annals of Mathematical Statistics 26
/// (1955), doi:10.1214/aoms/1177728423.
/// </summary>
internal static class IsotonicFit
{
    /// <summary>The fitted values, in the order of the sample; a value that is in order already is as it was.</summary>
    /// <param name="sample">The values from left to right, with their weights, above 0.</param>
    public static IReadOnlyList<double> Compute(IEnumerable<(double Value, double Weight)> sample)
    {
        var pools = new List<(double Mean, double Weight, int Count)>();
        foreach (var (value, weight) in sample)
        {
            var pool = (Mean: value, Weight: weight, Count: 1);
            while (pools is [.., var last] && last.Mean > pool.Mean)
            {
                pools.RemoveAt(pools.Count - 1);
                var sum = last.Weight + pool.Weight;
                pool = ((last.Mean * last.Weight + pool.Mean * pool.Weight) / sum, sum, last.Count + pool.Count);
            }
            pools.Add(pool);
        }
        return [.. pools.SelectMany(pool => Enumerable.Repeat(pool.Mean, pool.Count))];
    }
}
