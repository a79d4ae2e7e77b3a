using MemoryWall.Core.Facts;
using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Models.Graphs;

/// <summary>A layer of Gemma 3n, which carries four versions of the residual stream, predicts them and then corrects them
/// (<c>gemma3n.cpp</c>).</summary>
internal static class AltUpLayer
{
    private const int Float = 4;
    private const int Versions = 4;

    // Width of the narrow matrix beside attention (laurel).
    private const long LaurelRank = 64;

    /// <summary>The four versions of the first residual stream.</summary>
    public static GraphTensor Begin(GraphContext context, GraphTensor stream)
    {
        var others = (Versions - 1) * context.Embedding;
        var added = GraphContext.Each(context.Wide(others, context.Wide(others, stream)));
        return context.Wide(Versions * context.Embedding, stream, added);
    }

    /// <summary>One layer.</summary>
    public static GraphTensor Build(GraphContext context, GraphTensor streams, AttentionLayer layer, LayerInputs inputs)
    {
        var (embedding, all) = (context.Embedding, Versions * context.Embedding);
        GraphTensor One(GraphTensor of) => View(of, Float * embedding * context.Rows);

        var predicted = context.Wide(all, View(context.Wide(all, context.Wide(all, View(streams)))));
        predicted = GraphContext.Each(predicted, streams);
        var active = One(predicted);
        var normed = context.Norm(active);
        var laurel = GraphContext.Each(context.Norm(context.Wide(embedding, context.Wide(LaurelRank, normed))), normed);
        var read = context.Norm(AttentionBlock.Build(context, normed, layer, inputs.Traits));
        var sum = GraphContext.Each(GraphContext.Each(read, active), laurel);
        var fed = FeedForwardBlock.Dense(context, context.Norm(sum), inputs.FeedForward, isGated: true);
        var output = GraphContext.Each(context.Norm(fed), sum);

        var repeated = context.Wide(all, GraphContext.Each(output, active));
        var corrected = GraphContext.Each(GraphContext.Each(repeated), predicted);
        var first = context.Wide(inputs.PerLayer, context.Wide(embedding, One(corrected)));
        first = GraphContext.Each(GraphContext.Each(first), inputs.Slice(context));
        first = context.Norm(context.Wide(embedding, first));
        var rest = context.Wide((Versions - 1) * embedding, View(corrected), first);
        return context.Wide(all, One(corrected), rest);
    }

    /// <summary>The mean of the four versions.</summary>
    public static GraphTensor End(GraphContext context, GraphTensor streams)
    {
        var others = GraphContext.Each(context.Wide((Versions - 1) * context.Embedding, View(streams)));
        var sum = context.Wide(context.Embedding, View(streams), View(others));
        return GraphContext.Each(sum);
    }
}
