namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// How local the choice of experts is, whatever the memory: the hits that caches of an eighth and of a quarter of all experts would have
/// if they kept the experts used last.
/// </summary>
internal sealed class RoutingStatistics(int layers, int expertsPerLayer)
{
    private readonly UseOrder _eighth = new(layers * expertsPerLayer);
    private readonly UseOrder _quarter = new(layers * expertsPerLayer);
    private readonly int _total = layers * expertsPerLayer;

    /// <summary>Uses counted so far.</summary>
    public long Uses { get; private set; }

    /// <summary>Uses of experts that were in the smaller cache.</summary>
    public long HitsOfEighth { get; private set; }

    /// <summary>Uses of experts that were in the larger cache.</summary>
    public long HitsOfQuarter { get; private set; }

    /// <summary>Counts the experts that a token uses in a layer.</summary>
    public void Add(int layer, ReadOnlySpan<int> experts)
    {
        foreach (var expert in experts)
        {
            var number = layer * expertsPerLayer + expert;
            Uses++;
            HitsOfEighth += Use(_eighth, number, _total / 8);
            HitsOfQuarter += Use(_quarter, number, _total / 4);
        }
    }

    /// <summary>Starts to count again, with the caches as they are.</summary>
    public void Restart() => (Uses, HitsOfEighth, HitsOfQuarter) = (0, 0, 0);

    private static int Use(UseOrder cache, int number, int capacity)
    {
        var hit = cache.Contains(number) ? 1 : 0;
        cache.Use(number);
        if (cache.Count > capacity)
            cache.Remove(cache.Oldest);
        return hit;
    }
}
