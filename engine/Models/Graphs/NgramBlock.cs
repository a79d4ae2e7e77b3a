using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Models.Graphs;

/// <summary>Embeddings of the last tokens together, added to the residual streams of one layer by gates and a convolution over tokens
/// (<c>build_ple</c> of <c>qwen4exp.cpp</c>).</summary>
internal static class NgramBlock
{
    // Taps of the convolution; the published models have four.
    private const int Taps = 4;

    /// <summary>The embeddings, which are looked up before the first layer.</summary>
    public static GraphTensor LookUp(GraphContext context)
    {
        var embeddings = View(context.Wide(context.Embedding, Input(4 * context.Rows)));
        context.Graph.Add(embeddings);
        return embeddings;
    }

    /// <summary>The streams with what the embeddings add.</summary>
    /// <param name="context">The graph.</param>
    /// <param name="streams">The residual streams.</param>
    /// <param name="embeddings">What was looked up.</param>
    /// <param name="count">Streams, 1 or more.</param>
    /// <param name="kept">Numbers that the convolution keeps of each sequence.</param>
    public static GraphTensor Add(GraphContext context, GraphTensor streams, GraphTensor embeddings, long count, long kept)
    {
        var width = checked(count * context.Embedding);
        GraphTensor Normed(GraphTensor of) => GraphContext.Each(GraphContext.Each(View(of)));
        var key = Normed(context.Wide(width, embeddings));
        var value = context.Wide(context.Embedding, embeddings);
        var gate = GraphContext.Each(GraphContext.Each(context.Wide(count, GraphContext.Each(key, Normed(streams)))));
        var gated = GraphContext.Each(context.Wide(width, View(value)), gate);
        kept = checked(kept * context.Batch.Sequences);
        var state = New(kept);
        context.Graph.Add(state);
        var inputs = New(checked(width * context.Rows + kept), View(state), View(Normed(View(gated))));
        context.Graph.Add(Store(New(kept, View(inputs))));
        GraphTensor? sum = null;
        for (var tap = 0; tap < Taps; tap++)
        {
            var term = GraphContext.Each(context.Wide(width, View(inputs)));
            sum = sum is null ? term : GraphContext.Each(sum, term);
        }

        var convolved = View(context.Wide(width, GraphContext.Each(sum!)));
        return GraphContext.Each(streams, GraphContext.Each(gated, convolved));
    }
}
