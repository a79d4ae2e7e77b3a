using MemoryWall.Core.Facts;
using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Models.Graphs;

/// <summary>Attention with keys and values for each token (<c>build_qkv</c>, <c>build_attn</c>).</summary>
internal static class AttentionBlock
{
    private const int Float = 4;

    // Heads of other widths are not turned before they are stored in quantised form.
    private const long RotatedWidth = 64;

    /// <summary>The block.</summary>
    public static GraphTensor Build(GraphContext context, GraphTensor source, AttentionLayer layer, GraphTraits traits)
    {
        long heads = layer.HeadCount, stored = layer.SharesKv ? 0 : layer.KvHeadCount;
        var (queryWidth, valuesWidth) = (heads * layer.KeyLength, heads * layer.ValueLength);
        var (keyWidth, valueWidth) = (stored * layer.KeyLength, stored * layer.ValueLength);
        GraphTensor Part(GraphTensor of, long width) => View(of, checked(Float * width * context.Rows));

        // What an index chooses is found before.
        var window = context.Batch.Cells(layer.SlidingWindow);
        var shown = layer.Index is { PoolTokens: > 0 } index
            ? PooledIndexBlock.Build(context, source, source, index, context.Cache(layer.SlidingWindow is not null, window).Mask) : null;

        GraphTensor query, key, value;
        if (traits.HasFusedQkv && stored > 0)
        {
            var all = context.Wide(checked(queryWidth + keyWidth + valueWidth), source);
            (query, key, value) = (Part(all, queryWidth), Part(all, keyWidth), Part(all, valueWidth));
        }
        else
        {
            var projected = traits.Gate == AttentionGate.InQuery ? checked(queryWidth + valuesWidth) : queryWidth;
            query = Part(context.Wide(projected, source), queryWidth);
            (key, value) = (View(context.Wide(keyWidth, source)), View(layer.ValueExperts is { } experts
                ? FeedForwardBlock.Values(context, source, experts, valueWidth) : context.Wide(valueWidth, source)));
        }

        var gate = traits.Gate switch
        {
            AttentionGate.InQuery => context.Wide(valuesWidth, Part(query, valuesWidth)),
            AttentionGate.Value => context.Wide(valuesWidth, source),
            AttentionGate.Head => context.Wide(heads, source),
            _ => null,
        };
        if (traits.HasRope)
            (query, key) = (GraphContext.Each(query, context.Positions), GraphContext.Each(key, context.Positions));
        var read = Attend(context, query, (stored == 0 ? null : new(key, value), shown), layer, traits.HasFusedQkv);
        if (gate is not null)
            read = traits.Gate == AttentionGate.Head ? GraphContext.Each(View(read), GraphContext.Each(gate))
                : GraphContext.Each(read, GraphContext.Each(gate));
        return context.Wide(context.Embedding, read);
    }

    private sealed record Stored(GraphTensor Key, GraphTensor Value);

    private static GraphTensor Attend(
        GraphContext context, GraphTensor query, (Stored? Stored, GraphTensor? Mask) what, AttentionLayer layer, bool isFused)
    {
        var stored = what.Stored;
        var batch = context.Batch;
        var cells = batch.Cells(layer.SlidingWindow);
        var cache = context.Cache(layer.SlidingWindow is not null, cells);
        var turnsKeys = batch.QuantizedKeys && layer.KeyLength % RotatedWidth == 0;
        var turnsValues = batch.QuantizedValues && layer.ValueLength % RotatedWidth == 0;
        if (turnsKeys)
            query = context.Rotate(query, cache, isKey: true, LargestPower(layer.KeyLength));
        context.Graph.Add(query);
        if (stored is not null)
        {
            var key = turnsKeys ? context.Rotate(stored.Key, cache, isKey: true, LargestPower(layer.KeyLength)) : stored.Key;
            var value = turnsValues ? context.Rotate(stored.Value, cache, isKey: false, RotatedWidth) : stored.Value;
            foreach (var tensor in (ReadOnlySpan<GraphTensor>)(context.HasWindows ? [key, value] : [value, key]))
                context.Graph.Add(tensor);
            context.Graph.Add(Store(View(key), cache.KeyIndexes));
            context.Graph.Add(StoreValue(context, layer, value, cache, isFused));
        }

        var width = (long)layer.HeadCount * layer.ValueLength;
        GraphTensor read;
        if (batch.FlashAttention)
        {
            read = context.Wide(width, View(query), what.Mask ?? cache.Mask);
        }
        else
        {
            var scores = GraphContext.Each(context.Wide(checked(layer.HeadCount * cells), View(query)), what.Mask ?? cache.Mask);
            read = context.Wide(width, View(context.Wide(width, scores)));
        }

        context.Graph.Add(read);
        return View(turnsValues ? context.Rotate(read, cache, isKey: false, RotatedWidth) : read);
    }

    // Without flash attention values are stored transposed: a part of a wider tensor is copied before, a narrow one padded.
    private static GraphTensor StoreValue(
        GraphContext context, AttentionLayer layer, GraphTensor value, GraphContext.CacheInputs cache, bool isFused)
    {
        if (context.Batch.FlashAttention)
            return Store(View(value), cache.ValueIndexes);
        var width = (long)layer.KvHeadCount * layer.ValueLength;
        if (isFused)
            value = context.Wide(width, value);
        if (width < context.Batch.WidestValue)
            value = context.Wide(context.Batch.WidestValue, View(value));
        return Store(View(value), cache.ValueIndexes);
    }

    private static long LargestPower(long width)
    {
        var power = RotatedWidth;
        while (width % (2 * power) == 0)
            power *= 2;
        return power;
    }
}
