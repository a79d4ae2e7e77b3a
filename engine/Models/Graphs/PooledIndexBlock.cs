using MemoryWall.Core.Facts;
using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Models.Graphs;

/// <summary>
/// An index over groups of tokens: it scores the groups, chooses the best, and makes a mask that shows their tokens and those that no group
/// is complete of. Sources: <c>build_kpool_select</c> of <c>glm5-next.cpp</c>, <c>build_qsa_sel</c> of <c>qwen4exp.cpp</c>,
/// <c>llama-memory-hybrid-idx.cpp</c>. A reservation is for a full cache, whose groups are all new.
/// </summary>
internal static class PooledIndexBlock
{
    private const int Float = 4;
    private const int Half = 2;
    private const int LongIndex = 8;
    private const int Padding = 64;

    /// <summary>What all layers of a model share.</summary>
    private sealed record Inputs(GraphTensor Cells, GraphTensor Members, GraphTensor Mask, GraphTensor Tail, GraphTensor Slots,
        GraphTensor NewMembers, GraphTensor NewCells, GraphTensor NewPositions, GraphTensor KeyIndexes);

    /// <summary>The mask of a layer, which hides what its index does not choose.</summary>
    /// <param name="context">The graph.</param>
    /// <param name="source">What the layer reads.</param>
    /// <param name="queries">What its queries are made from: the source, or the compressed queries.</param>
    /// <param name="index">The index.</param>
    /// <param name="mask">The mask of the layer's cache.</param>
    public static GraphTensor Build(
        GraphContext context, GraphTensor source, GraphTensor queries, PooledIndex index, GraphTensor mask)
    {
        var isGated = index.RowsPerToken > 2;
        var inputs = context.Share(() => CreateInputs(context, index, isGated));
        long length = index.Length, tokens = index.PoolTokens, all = CountGroups(context, index);
        var pooled = isGated ? PoolGated(context, source, index, inputs) : PoolMean(context, source, index, inputs);
        context.Graph.Add(Store(View(pooled), inputs.NewCells));
        var keys = New(checked(length * Pad(all)), inputs.Cells);

        var query = View(context.Wide(index.HeadCount * length, queries));
        var weights = isGated ? GraphContext.Each(context.Wide(index.HeadCount, source)) : Filled(context, Float * index.HeadCount);
        if (!isGated)
            query = GraphContext.Each(context.Norm(query), context.Positions);
        var scores = context.Wide(Pad(all), query, View(keys), weights, inputs.Mask);
        var count = Math.Min(Pad(all), index.ChosenTokens / Math.Max(1, tokens));
        var top = context.Wide(count, scores);
        if (isGated)
            top = Sort(context, scores, top, count);
        var chosen = context.Wide(checked(tokens * count + tokens - 1), View(context.Wide(tokens * count, inputs.Members, View(top))),
            inputs.Tail);
        context.Graph.Add(chosen);
        var live = isGated ? GraphContext.Each(View(inputs.Slots)) : Live(context, scores, top, inputs, (tokens, count));
        return Show(context, (chosen, checked(tokens * count + tokens - 1)), live, mask, isGated);
    }

    /// <summary>Groups of a full cache.</summary>
    private static long CountGroups(GraphContext context, PooledIndex index) =>
        checked(context.Batch.ContextCells / Math.Max(1, index.PoolTokens) * context.Batch.Sequences);

    // The last padded group is always unused.
    private static long Pad(long groups) => Math.Max(Padding, (groups + 1 + Padding - 1) / Padding * Padding);

    private static Inputs CreateInputs(GraphContext context, PooledIndex index, bool isGated)
    {
        long all = CountGroups(context, index), padded = Pad(all), tokens = index.PoolTokens, rows = context.Rows;
        var chosen = checked(tokens * Math.Min(padded, index.ChosenTokens / Math.Max(1, tokens)) + tokens - 1);
        var inputs = new Inputs(Input(Float * padded), Input(checked(Float * tokens * padded)), Input(checked(Half * padded * rows)),
            Input(checked(Float * (tokens - 1) * rows)), Input(isGated ? checked(Float * chosen * rows) : 0),
            Input(checked(Float * tokens * all)), Input(checked(LongIndex * all)), Input(isGated ? 0 : checked(4 * Float * all)),
            Input(LongIndex * rows));
        foreach (var input in (ReadOnlySpan<GraphTensor>)[inputs.Cells, inputs.Members, inputs.Mask, inputs.Tail, inputs.Slots])
            context.Graph.Add(input);
        return inputs;
    }

    // What is filled without being computed from something exists from the start, once for each layer.
    private static GraphTensor Filled(GraphContext context, long bytesOfToken) =>
        GraphContext.Each(Input(checked(bytesOfToken * context.Rows)));

    /// <summary>A mean of the keys weighted by gates, which are cached beside the keys.</summary>
    private static GraphTensor PoolGated(GraphContext context, GraphTensor source, PooledIndex index, Inputs inputs)
    {
        long length = index.Length, all = CountGroups(context, index), members = checked(length * index.PoolTokens * all);
        var key = context.Norm(context.Wide(length, source), isLayerNorm: true);
        var both = context.Wide(2 * length, key, context.Wide(length, source));
        context.Graph.Add(Store(View(context.Wide(3 * length, both, Filled(context, Float * length))), inputs.KeyIndexes));
        var rows = New(2 * members, View(inputs.NewMembers));
        GraphTensor Part() => View(rows, checked(Float * members));
        var shares = View(GraphContext.Each(View(New(members, View(GraphContext.Each(Part()))))));
        return View(New(checked(length * all), GraphContext.Each(shares, New(members, Part()))));
    }

    /// <summary>The mean of the keys, normed and turned.</summary>
    private static GraphTensor PoolMean(GraphContext context, GraphTensor source, PooledIndex index, Inputs inputs)
    {
        long length = index.Length, all = CountGroups(context, index);
        var packed = context.Wide(2 * length, context.Wide(length, source), Filled(context, Float * length));
        context.Graph.Add(Store(View(packed), inputs.KeyIndexes));
        var rows = New(checked(length * index.PoolTokens * all), View(inputs.NewMembers));
        GraphTensor One() => View(rows, checked(Float * length * all));
        var sum = New(checked(length * all), One());
        for (var i = 1; i < index.PoolTokens; i++)
            sum = GraphContext.Each(sum, One());
        return View(GraphContext.Each(View(context.Norm(GraphContext.Each(sum))), inputs.NewPositions));
    }

    private static GraphTensor Sort(GraphContext context, GraphTensor scores, GraphTensor top, long count)
    {
        var order = context.Wide(count, View(context.Wide(count, View(scores), top)));
        var sorted = context.Wide(count, View(context.Wide(count, top)), order);
        return context.Wide(count, context.Wide(count, View(sorted)));
    }

    /// <summary>Which of the chosen places are tokens.</summary>
    private static GraphTensor Live(
        GraphContext context, GraphTensor scores, GraphTensor top, Inputs inputs, (long Tokens, long Count) group)
    {
        var visible = GraphContext.Each(GraphContext.Each(context.Wide(group.Count, View(scores), top)));
        var groups = context.Wide(group.Tokens * group.Count, visible);
        var tail = GraphContext.Each(GraphContext.Each(context.Wide(group.Tokens - 1, inputs.Tail)));
        return context.Wide(checked(group.Tokens * group.Count + group.Tokens - 1), View(groups), tail);
    }

    private static GraphTensor Show(
        GraphContext context, (GraphTensor Places, long Count) chosen, GraphTensor live, GraphTensor mask, bool isGated)
    {
        var (number, count) = (context.MaskNumber, chosen.Count);
        GraphTensor Repeated(long width) =>
            View(new GraphTensor(checked(number * width * context.Rows), [GraphContext.Each(Input(number * width))]));
        var (hidden, zeros) = (Repeated(checked(context.Batch.Cells(null) + count)), Repeated(count));
        var dump = isGated ? New(count) : GraphContext.Each(context.Wide(count, GraphContext.Each(live)));
        var index = GraphContext.Each(context.Wide(count, chosen.Places), dump);
        index = context.Wide(count, GraphContext.Each(GraphContext.Each(index, live), dump));
        var shown = new GraphTensor(hidden.Bytes, [zeros, View(index), hidden]) { ViewOf = hidden.ViewOf };
        // Qwen 4 adds the mask of the cache itself, so that the last layer that reads it writes the sum over it.
        return GraphContext.Each(View(shown, mask.Bytes), isGated ? View(mask) : mask);
    }
}
