using MemoryWall.Core.Facts;
using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Models.Graphs;

/// <summary>
/// Attention over a window and over compressed tokens (<c>build_attention_impl</c> of <c>deepseek4.cpp</c>). The tokens of a micro-batch
/// are compressed together with those that earlier ones left over; a reservation is for the most groups that they can complete.
/// </summary>
internal static class CompressedBlock
{
    private const int Float = 4;
    private const int Half = 2;
    private const int Index = 8;

    /// <summary>The block.</summary>
    public static GraphTensor Build(GraphContext context, GraphTensor source, CompressedAttentionLayer layer)
    {
        long heads = layer.HeadCount, key = layer.KeyLength;
        var narrow = context.Norm(context.Wide(layer.QueryRank, source));
        var query = GraphContext.Each(GraphContext.Each(View(context.Wide(heads * key, narrow))), context.Positions);
        var stored = GraphContext.Each(View(context.Norm(context.Wide(key, source))), context.Positions);
        var window = context.Batch.OwnCells(layer);
        var raw = context.Share(() => new WindowInputs(Input(checked(context.MaskNumber * window * context.Batch.Tokens)),
            Input(Index * context.Batch.Tokens)));
        context.Graph.Add(raw.Mask);
        if (layer.Ratio > 0)
            Compress(context, source, layer);

        var mask = raw.Mask;
        var cells = window;
        GraphTensor? chosen = null;
        if (layer.Ratio > 0)
        {
            cells = checked(window + context.Batch.CompressedCells(layer));
            chosen = layer.IndexerLength > 0 ? Choose(context, source, narrow, layer) : null;
        }

        context.Graph.Add(query);
        context.Graph.Add(stored);
        context.Graph.Add(Store(View(stored), raw.KeyIndexes));
        GraphTensor? keys = null;
        if (layer.Ratio > 0)
        {
            var own = MaskOf(context, layer);
            mask = new GraphTensor(checked(context.MaskNumber * cells * context.Rows),
                [raw.Mask, chosen is null ? own : Restrict(context, own, chosen, CountChosen(context, layer))]);
            keys = new GraphTensor(checked(context.Batch.KeyBytes(key) * cells * context.Batch.Sequences), []);
        }

        var read = GraphContext.Each(View(Attend(context, View(query), (keys, mask, cells), layer)), context.Positions);
        var output = layer.OutputRank > 0 ? layer.OutputRank : context.Embedding;
        return context.Wide(context.Embedding, context.Wide(output, View(context.Wide(output, View(read)))));
    }

    private sealed record WindowInputs(GraphTensor Mask, GraphTensor KeyIndexes);

    /// <summary>What the layers of one ratio share.</summary>
    private sealed record GroupInputs(
        GraphTensor Mask, GraphTensor Positions, GraphTensor Kept, GraphTensor Read, GraphTensor Cells, GraphTensor GroupPositions);

    private sealed record OverlappingInputs(GroupInputs Keys, GroupInputs Indexer);

    private sealed record SeparateInputs(GroupInputs Keys);

    private static GraphTensor MaskOf(GraphContext context, CompressedAttentionLayer layer) => KeysOf(context, layer).Mask;

    private static GroupInputs KeysOf(GraphContext context, CompressedAttentionLayer layer) => layer.HasOverlap
        ? Overlapping(context, layer).Keys : context.Share(() => new SeparateInputs(CreateInputs(context, layer, context.MaskNumber))).Keys;

    private static OverlappingInputs Overlapping(GraphContext context, CompressedAttentionLayer layer) => context.Share(() =>
        new OverlappingInputs(CreateInputs(context, layer, context.MaskNumber), CreateInputs(context, layer, Half)));

    private static GroupInputs CreateInputs(GraphContext context, CompressedAttentionLayer layer, int maskNumber)
    {
        var (groups, kept) = (CountGroups(context, layer), CountKept(context, layer));
        return new(Input(checked(maskNumber * context.Batch.CompressedCells(layer) * context.Rows)), Input(Float * context.Rows),
            Input(Float * kept), Input(checked(Float * (layer.HasOverlap ? 2 : 1) * layer.Ratio * groups)), Input(Index * groups),
            Input(Float * groups));
    }

    // The most groups that the tokens of all sequences can complete.
    private static long CountGroups(GraphContext context, CompressedAttentionLayer layer) =>
        context.Rows / layer.Ratio + context.Batch.Sequences;

    private static long CountStates(GraphContext context, CompressedAttentionLayer layer) =>
        (layer.HasOverlap ? 2L : 1) * layer.Ratio * context.Batch.Sequences;

    private static long CountKept(GraphContext context, CompressedAttentionLayer layer) =>
        Math.Min(context.Rows, CountStates(context, layer));

    /// <summary>Compressed keys that the indexer of a layer chooses, at most all.</summary>
    public static long CountChosen(GraphContext context, CompressedAttentionLayer layer) =>
        Math.Min(Math.Max(1, layer.IndexerCount), context.Batch.CompressedCells(layer));

    private static void Compress(GraphContext context, GraphTensor source, CompressedAttentionLayer layer)
    {
        Compress(context, source, layer, KeysOf(context, layer), layer.KeyLength);
        if (layer.IndexerLength > 0)
            Compress(context, source, layer, Overlapping(context, layer).Indexer, layer.IndexerLength);
    }

    private static void Compress(
        GraphContext context, GraphTensor source, CompressedAttentionLayer layer, GroupInputs inputs, long length)
    {
        var width = layer.HasOverlap ? 2 * length : length;
        var values = context.Wide(width, source);
        var scores = GraphContext.Each(context.Wide(width, source), context.Wide(width, inputs.Positions));
        var states = CountStates(context, layer);
        GraphTensor WithStates(GraphTensor tokens)
        {
            var all = New(checked(width * (states + context.Rows)), tokens);
            // A row of zeros stands for what is before the first token.
            return layer.HasOverlap
                ? New(checked(width * (states + context.Rows + 1)), all, View(GraphContext.Each(View(all, Float * width)))) : all;
        }

        var groups = CountGroups(context, layer);
        var (allValues, allScores) = (WithStates(values), WithStates(scores));
        var (mine, theirs) = layer.HasOverlap
            ? (GatherBoth(allValues, inputs, length * layer.Ratio * groups), GatherBoth(allScores, inputs, length * layer.Ratio * groups))
            : (New(checked(width * layer.Ratio * groups), allValues, inputs.Read),
                New(checked(width * layer.Ratio * groups), allScores, inputs.Read));
        GraphTensor Turned(GraphTensor of) => new(of.Bytes, [View(of)]);
        var sum = New(checked(length * groups), GraphContext.Each(Turned(mine), GraphContext.Each(Turned(theirs))));
        var compressed = GraphContext.Each(context.Norm(New(checked(length * groups), View(sum))), inputs.GroupPositions);
        context.Graph.Add(Store(View(compressed), inputs.Cells));
        var kept = CountKept(context, layer);
        context.Graph.Add(Store(New(checked(width * kept), values, inputs.Kept)));
        context.Graph.Add(Store(New(checked(width * kept), scores, inputs.Kept)));
    }

    /// <summary>Each group's tokens and those of the group before.</summary>
    private static GraphTensor GatherBoth(GraphTensor all, GroupInputs inputs, long count)
    {
        var rows = New(checked(4 * count), all, inputs.Read);
        GraphTensor Part() => New(count, View(rows, checked(Float * count)));
        return New(2 * count, Part(), Part());
    }

    private static GraphTensor Choose(GraphContext context, GraphTensor source, GraphTensor narrow, CompressedAttentionLayer layer)
    {
        var (heads, length) = ((long)layer.IndexerHeads, (long)layer.IndexerLength);
        var matrix = context.Share(() => new IndexerRotation(Input(checked(Float * length * length))));
        var query = GraphContext.Each(View(context.Wide(heads * length, narrow)), context.Positions);
        query = View(new GraphTensor(query.Bytes, [matrix.Matrix, View(query)]));
        var weights = GraphContext.Each(context.Wide(heads, source));
        var mask = Overlapping(context, layer).Indexer.Mask;
        var scores = context.Wide(context.Batch.CompressedCells(layer), View(query), View(weights), mask);
        var count = CountChosen(context, layer);
        return context.Wide(count, context.Wide(count, scores));
    }

    private sealed record IndexerRotation(GraphTensor Matrix);

    private static GraphTensor Restrict(GraphContext context, GraphTensor mask, GraphTensor chosen, long count)
    {
        var nothing = View(new GraphTensor(mask.Bytes, [mask]) { CanReuseSource = true });
        var zeros = GraphContext.Each(Input(checked(context.MaskNumber * count * context.Rows)));
        var open = new GraphTensor(mask.Bytes, [zeros, View(chosen), nothing]) { ViewOf = nothing.ViewOf };
        return GraphContext.Each(View(open), mask);
    }

    private static GraphTensor Attend(
        GraphContext context, GraphTensor query, (GraphTensor? Keys, GraphTensor Mask, long Cells) read, CompressedAttentionLayer layer)
    {
        long heads = layer.HeadCount, width = heads * layer.KeyLength;
        GraphTensor[] keys = read.Keys is { } own ? [View(own)] : [];
        if (context.Batch.FlashAttention)
            return context.Wide(width, [query, .. keys, read.Mask]);
        var scores = GraphContext.Each(context.Wide(heads * read.Cells, [.. keys, query]), read.Mask);
        // The values are the keys, which are not stored transposed.
        var transposed = new GraphTensor(checked(Half * read.Cells * layer.KeyLength * context.Batch.Sequences), keys);
        return context.Wide(width, View(context.Wide(width, transposed, scores)));
    }
}
