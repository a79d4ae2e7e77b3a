using MemoryWall.Core.Facts;
using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Models.Graphs;

/// <summary>Multi-head latent attention, and the indexer of its sparse form (<c>deepseek2.cpp</c>, <c>deepseek32.cpp</c>).</summary>
internal static class LatentBlock
{
    private const int Float = 4;
    private const int Half = 2;

    // Widths in every DeepSeek model: of a value, of the part of a query without rotary embedding; of an indexer its heads and its tokens.
    private const int ValueLength = 128;
    private const int PlainQueryLength = 128;
    private const int IndexerHeads = 64;
    private const int IndexerCount = 2048;

    /// <summary>The block.</summary>
    public static GraphTensor Build(GraphContext context, GraphTensor source, LatentAttentionLayer read, GraphTraits traits)
    {
        var layer = Complete(read);
        long heads = layer.HeadCount, rank = layer.LatentRank, rope = layer.RopeLength;
        GraphTensor Part(GraphTensor of, long width) => View(of, checked(Float * width * context.Rows));

        var narrow = layer.QueryRank > 0 ? context.Norm(context.Wide(layer.QueryRank, source)) : source;
        var chosen = layer.IndexerLength > 0 ? Index(context, source, narrow, layer) : null;
        var queries = context.Wide(heads * layer.QueryLength, narrow);
        var pair = context.Wide(rank + rope, source);
        GraphTensor Turned(GraphTensor part, long width) => traits.HasRope ? context.Wide(width, part, context.Positions) : part;
        var keyRope = rope == 0 ? null : Turned(Part(pair, rope), rope);
        var latent = context.Norm(Part(pair, rank));
        var queryRope = rope == 0 ? null : Turned(Part(queries, heads * rope), heads * rope);
        var absorbed = context.Wide(heads * rank, Part(queries, heads * (layer.QueryLength - rope)));
        var cells = context.Batch.Cells(layer.SlidingWindow);
        var cache = context.Cache(layer.SlidingWindow is not null, cells);
        // Where nothing is turned, the compressed form is used as it is.
        var query = queryRope is null ? View(absorbed) : context.Wide(heads * (rank + rope), View(absorbed), queryRope);
        var key = keyRope is null ? View(latent) : context.Wide(rank + rope, View(latent), keyRope);
        var shown = layer.Index is { PoolTokens: > 0 } index ? PooledIndexBlock.Build(context, source, narrow, index, cache.Mask) : null;

        context.Graph.Add(query);
        context.Graph.Add(latent);
        context.Graph.Add(key);
        context.Graph.Add(Store(View(key), cache.KeyIndexes));
        var mask = shown ?? (chosen is null ? cache.Mask : Restrict(context, cache.Mask, chosen, CountChosen(layer, cells)));
        return context.Wide(context.Embedding, AddGate(context, source, Attend(context, query, mask, layer), (layer, traits.Gate)));
    }

    private static GraphTensor AddGate(GraphContext context, GraphTensor source, GraphTensor read,
        (LatentAttentionLayer Layer, AttentionGate Kind) gate) => gate.Kind switch
        {
            AttentionGate.Head => View(GraphContext.Each(View(read), View(GraphContext.Each(context.Wide(gate.Layer.HeadCount, source))))),
            AttentionGate.Value => GraphContext.Each(read,
                GraphContext.Each(context.Wide(checked((long)gate.Layer.HeadCount * gate.Layer.ValueLength), source))),
            _ => read,
        };

    /// <summary>Tokens that the indexer of a layer chooses, at most all.</summary>
    public static long CountChosen(LatentAttentionLayer layer, long cells) =>
        Math.Min(layer.IndexerCount > 0 ? layer.IndexerCount : IndexerCount, cells);

    // What a source does not report is as in every published model.
    private static LatentAttentionLayer Complete(LatentAttentionLayer layer) => layer with
    {
        QueryLength = layer.QueryLength > 0 ? layer.QueryLength : checked(PlainQueryLength + layer.RopeLength),
        ValueLength = layer.ValueLength > 0 ? layer.ValueLength : ValueLength,
        IndexerHeads = layer.IndexerHeads > 0 ? layer.IndexerHeads : IndexerHeads,
    };

    private static GraphTensor Attend(GraphContext context, GraphTensor query, GraphTensor mask, LatentAttentionLayer layer)
    {
        long heads = layer.HeadCount, rank = layer.LatentRank;
        var cells = context.Batch.Cells(layer.SlidingWindow);
        var values = heads * layer.ValueLength;
        GraphTensor read;
        if (context.Batch.FlashAttention)
        {
            read = context.Wide(values, View(context.Wide(heads * rank, View(query), mask)));
        }
        else
        {
            var scores = GraphContext.Each(context.Wide(heads * cells, View(query)), mask);
            // The values are the keys, which are not stored transposed.
            var transposed = new GraphTensor(checked(Half * cells * rank * context.Batch.Streams), []);
            read = context.Wide(values, context.Wide(heads * rank, transposed, scores));
        }

        read = context.Wide(values, View(read));
        context.Graph.Add(read);
        return View(read);
    }

    /// <summary>The tokens that an indexer chooses.</summary>
    private static GraphTensor Index(GraphContext context, GraphTensor source, GraphTensor narrow, LatentAttentionLayer layer)
    {
        var (heads, length) = ((long)layer.IndexerHeads, (long)layer.IndexerLength);
        var query = context.Wide(heads * length, View(context.Wide(heads * length, narrow)), context.Positions);
        var key = context.Wide(length, View(context.Norm(context.Wide(length, source), isLayerNorm: true)), context.Positions);
        var cache = context.IndexerCache(context.Batch.Cells(null));
        query = context.Rotate(query, cache, isKey: true, length);
        key = context.Rotate(key, cache, isKey: true, length);
        context.Graph.Add(Store(View(key), cache.KeyIndexes));
        var weights = GraphContext.Each(View(context.Wide(heads, source)));
        var cells = context.Batch.Cells(null);
        var scores = context.Wide(cells, View(query), weights, cache.Mask);
        var top = CountChosen(layer, cells);
        return context.Wide(top, context.Wide(top, scores));
    }

    /// <summary>A mask that hides all but the chosen tokens.</summary>
    private static GraphTensor Restrict(GraphContext context, GraphTensor mask, GraphTensor chosen, long count)
    {
        var nothing = View(new GraphTensor(mask.Bytes, [mask]) { CanReuseSource = true });
        // What is filled without being computed from something exists from the start, once for each layer.
        var zeros = GraphContext.Each(Input(checked(Float * count * context.Rows)));
        var open = new GraphTensor(mask.Bytes, [zeros, View(chosen), nothing]) { ViewOf = nothing.ViewOf };
        return GraphContext.Each(View(open), mask);
    }
}
