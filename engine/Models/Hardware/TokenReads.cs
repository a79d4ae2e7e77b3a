using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Models.Hardware;

/// <summary>
/// The least bytes that one token reads at the end of a context, by where they are: weights that it touches, the keys and values of its own
/// sequence, its recurrent states. Of a mixture only the active experts are touched; a sliding-window layer reads its window; a layer with
/// sparse attention at least its indexer's keys. Padding, other slots and what is written are not counted, so that a rate from these bytes
/// is an upper bound.
/// </summary>
internal sealed class TokenReads
{
    private readonly double[] _accelerators;

    private TokenReads(int devices) => _accelerators = new double[devices];

    /// <summary>Bytes from each accelerator, in order.</summary>
    public IReadOnlyList<double> Accelerators => _accelerators;

    /// <summary>Bytes from RAM that every token reads.</summary>
    public double HostAlways { get; private set; }

    /// <summary>Bytes of active experts from RAM.</summary>
    public double HostExperts { get; private set; }

    /// <summary>Bytes of all experts in RAM, of which <see cref="HostExperts"/> are a part.</summary>
    public double HostExpertsHeld { get; private set; }

    /// <summary>Bytes that a token reads of the weights of the largest layer in RAM, which must be there together to compute it.</summary>
    public double LargestHostLayer { get; private set; }

    /// <summary>Bytes of recurrent states in RAM, which every token replaces.</summary>
    public double HostStates { get; private set; }

    /// <summary>All bytes.</summary>
    public double Total => Accelerators.Sum() + HostAlways + HostExperts;

    /// <summary>The reads; null where the active weights are not known.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="settings">The settings, with the placement.</param>
    /// <param name="contextTokens">The context window, which all sequences share.</param>
    public static TokenReads? Compute(ModelShape shape, ForecastSettings settings, int contextTokens)
    {
        if ((shape.ActiveWeightBytes ?? (shape.ExpertCount is null ? shape.WeightBytes : null)) is not { } active)
            return null;
        var placement = Placement.CreateWithoutRules(shape, settings);
        var reads = new TokenReads(placement.IsUsed ? placement.DeviceCount : 0);
        var layout = new KvCacheLayout(settings, contextTokens);
        reads.AddWeights(shape, settings, placement, active);
        var tokens = contextTokens / layout.StreamCount;
        for (var i = 0; i < shape.Layers.Count; i++)
        {
            var bytes = CacheBytes(shape.Layers[i], settings, layout, Math.Max(1, tokens));
            if (placement.CacheOf(i) is { } device)
            {
                reads._accelerators[device] += bytes;
                continue;
            }
            reads.HostAlways += bytes;
            if (shape.Layers[i] is RecurrentLayer)
                reads.HostStates += bytes;
        }
        return reads;
    }

    private void AddWeights(ModelShape shape, ForecastSettings settings, Placement placement, long active)
    {
        var count = placement.BlockCount;
        var known = shape.LayerWeights is { } perLayer && perLayer.Count == count ? perLayer : null;
        var share = shape is { ExpertCount: > 0 and var all, ExpertUsedCount: { } used } ? Math.Min(1, (double)used / all) : 1;
        // A tied output matrix is the token embedding.
        double output = (shape.OutputWeightBytes is > 0 and var own ? own : shape.InputWeightBytes) ?? 0;
        output = Math.Min(output, active);
        var touched = known?.Sum(layer => layer.Bytes - layer.ExpertBytes * (1 - share)) ?? active - output;
        // What is touched beside the layers is at the output; where tensors of experts have no layer, the layers have a part of the sum.
        var scale = touched > 0 ? Math.Min(1, (active - output) / touched) : 0;
        var rest = Math.Max(0, active - output - touched * scale);
        for (var i = 0; i < count; i++)
        {
            var experts = (known?[i].ExpertBytes ?? 0) * share * scale;
            var dense = known is null ? touched / count : (known[i].Bytes - known[i].ExpertBytes) * scale;
            var owner = placement.DeviceOf(i);
            Add(settings, owner, dense);
            if (owner is not null && i >= settings.CpuExpertLayers)
            {
                Add(settings, owner, experts);
                continue;
            }
            HostExperts += experts;
            HostExpertsHeld += known?[i].ExpertBytes ?? 0;
            LargestHostLayer = Math.Max(LargestHostLayer, (owner is null ? dense : 0) + experts);
        }
        Add(settings, placement.OutputDevice, output + rest);
    }

    // Of rows that are split, each accelerator has its share of every matrix.
    private void Add(ForecastSettings settings, int? owner, double bytes)
    {
        if (owner is not { } device)
        {
            HostAlways += bytes;
            return;
        }
        if (!settings.SplitRows || settings.TensorSplit.Count == 0)
        {
            _accelerators[device] += bytes;
            return;
        }
        var sum = settings.TensorSplit.Sum();
        for (var i = 0; i < _accelerators.Length; i++)
            _accelerators[i] += bytes * settings.TensorSplit[i] / sum;
    }

    private static double CacheBytes(LayerShape layer, ForecastSettings settings, KvCacheLayout layout, int tokens) => layer switch
    {
        AttentionLayer { SharesKv: true } => 0, // its keys and values are counted where they are stored
        AttentionLayer { IndexerLength: > 0 } a => (double)tokens * settings.KeyType.Bytes(a.IndexerLength),
        AttentionLayer { Index: { PoolTokens: > 0 } index } => IndexBytes(index, settings, tokens),
        AttentionLayer a => (double)(a.SlidingWindow is { } window && !settings.FullSlidingWindow ? Math.Min(window, tokens) : tokens)
            * (settings.KeyType.Bytes((long)a.KvHeadCount * a.KeyLength) + settings.ValueType.Bytes(KvCacheLayout.ValueWidth(a))),
        LatentAttentionLayer { IndexerLength: > 0 } l => (double)tokens * settings.KeyType.Bytes(l.IndexerLength),
        LatentAttentionLayer { Index: { PoolTokens: > 0 } index } => IndexBytes(index, settings, tokens),
        LatentAttentionLayer l => (double)(l.SlidingWindow is { } window && !settings.FullSlidingWindow ? Math.Min(window, tokens) : tokens)
            * settings.KeyType.Bytes((long)l.LatentRank + l.RopeLength),
        CompressedAttentionLayer c => (double)Math.Min(c.SlidingWindow, tokens) * settings.KeyType.Bytes(c.KeyLength)
            + (c.Ratio == 0 ? 0 : (double)tokens / c.Ratio * settings.KeyType.Bytes(c.IndexerLength > 0 ? c.IndexerLength : c.KeyLength))
            + (double)layout.StateBytes(c) / settings.Sequences,
        RecurrentLayer => (double)layout.StateBytes(layer) / settings.Sequences,
        _ => 0,
    };

    // All keys of the index are read, and of the tokens those that it chooses.
    private static double IndexBytes(PooledIndex index, ForecastSettings settings, int tokens) =>
        (double)tokens / Math.Max(1, index.PoolTokens) * settings.KeyType.Bytes(index.Length);
}
