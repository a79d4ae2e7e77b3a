using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Models.Graphs;

/// <summary>How several residual streams are mixed to one and one is spread over them.</summary>
internal enum StreamMixing
{
    /// <summary>There is one stream.</summary>
    None,

    /// <summary>By weights of each token that are normalised over rows and columns (DeepSeek-V4).</summary>
    Sinkhorn,

    /// <summary>As <see cref="Sinkhorn"/>, with the mean of the streams at the end (GLM-5-Next).</summary>
    SinkhornMean,

    /// <summary>By weights of each stream alone (Hunyuan 4).</summary>
    Independent,

    /// <summary>By gates of each number, from matrices of low rank (Qwen 4).</summary>
    Gated,
}

/// <summary>
/// Several residual streams (hyper-connections): each block reads one mix of them, and what it writes is spread over all. Sources:
/// <c>build_hc_pre</c>, <c>build_hc_post</c> and <c>build_hc_head</c> of <c>deepseek4.cpp</c>, <c>glm5-next.cpp</c> and <c>hy-v4.cpp</c>,
/// <c>build_hc_mix</c> and <c>build_hc_combine</c> of <c>qwen4exp.cpp</c>.
/// </summary>
/// <param name="context">The graph.</param>
/// <param name="mixing">The kind.</param>
/// <param name="count">Streams, 2 or more.</param>
/// <param name="rank">Rank of the mixing matrices; 0 for none.</param>
internal sealed class HyperConnections(GraphContext context, StreamMixing mixing, long count, long rank) : IResidualStream
{
    private const int Float = 4;

    private long Width => checked(count * context.Embedding);

    public GraphTensor Begin(GraphTensor embeddings)
    {
        var streams = context.Wide(Width, View(embeddings));
        context.Graph.Add(streams);
        return streams;
    }

    public GraphTensor AddLayer(GraphTensor stream, Func<GraphTensor, GraphTensor> readTokens, Func<GraphTensor, GraphTensor> feedForward,
        bool isLast)
    {
        var (mixed, weights) = Mix(stream, isHead: false);
        var source = mixing == StreamMixing.Gated ? mixed : context.Norm(mixed);
        context.Graph.Add(source);
        var read = readTokens(source);
        // Of Qwen 4 the last layer computes the tokens with logits only.
        if (isLast && mixing == StreamMixing.Gated)
        {
            read = context.KeepOutputs(context.Embedding, read);
            weights = [context.KeepOutputs(count, weights[0])];
            stream = context.KeepOutputs(Width, View(stream));
            context.KeepRows();
        }

        stream = Spread(read, stream, weights);
        (mixed, weights) = Mix(stream, isHead: false);
        return Spread(feedForward(mixing == StreamMixing.Gated ? mixed : context.Norm(mixed)), stream, weights);
    }

    public GraphTensor End(GraphTensor stream)
    {
        if (mixing != StreamMixing.Gated)
        {
            stream = context.KeepOutputs(Width, View(stream));
            context.KeepRows();
        }

        return mixing switch
        {
            StreamMixing.Gated => Mix(stream, isHead: true).Mixed,
            StreamMixing.SinkhornMean => context.Norm(Mean(stream)),
            _ => context.Norm(Reduce(stream, Head(stream))),
        };
    }

    private GraphTensor One(GraphTensor streams) => View(streams, checked(Float * context.Embedding * context.Rows));

    private (GraphTensor Mixed, GraphTensor[] Weights) Mix(GraphTensor streams, bool isHead)
    {
        if (mixing == StreamMixing.Gated)
            return MixGated(streams, isHead);
        var isIndependent = mixing == StreamMixing.Independent;
        var all = context.Wide(isIndependent ? 2 * count : (2 + count) * count, GraphContext.Each(View(streams)));
        GraphTensor Part() => View(all, Float * count * context.Rows);
        var before = Scaled(Part(), 4);
        var after = Scaled(Part(), isIndependent ? 5 : 4);
        return isIndependent ? (Reduce(streams, before), [after])
            : (context.Wide(context.Embedding, streams, before), [after, context.Wide(count * count, all)]);
    }

    // The first operation makes a tensor of its own, the others write over it.
    private static GraphTensor Scaled(GraphTensor part, int operations)
    {
        for (var i = 0; i < operations; i++)
            part = GraphContext.Each(part);
        return part;
    }

    private GraphTensor Head(GraphTensor streams) => Scaled(context.Wide(count, GraphContext.Each(View(streams))), 4);

    /// <summary>The weighted sum of the streams, one after the other.</summary>
    private GraphTensor Reduce(GraphTensor streams, GraphTensor weights)
    {
        var casts = mixing == StreamMixing.Independent;
        var source = casts ? context.Wide(Width, streams) : streams;
        GraphTensor? sum = null;
        for (var i = 0L; i < count; i++)
        {
            var one = GraphContext.Each(One(source), View(weights));
            sum = sum is null ? one : GraphContext.Each(sum, one);
        }

        return casts ? context.Wide(context.Embedding, sum!) : sum!;
    }

    private GraphTensor Mean(GraphTensor streams)
    {
        var sum = One(streams);
        for (var i = 1L; i < count; i++)
            sum = GraphContext.Each(sum, One(streams));
        return GraphContext.Each(sum);
    }

    private (GraphTensor Mixed, GraphTensor[] Weights) MixGated(GraphTensor streams, bool isHead)
    {
        var normed = View(context.Norm(streams));
        var low = GraphContext.Each(GraphContext.Each(context.Wide(Math.Max(1, rank), normed)));
        var gate = context.Wide(Width, low);
        GraphTensor mixed;
        if (!isHead)
        {
            mixed = context.Wide(context.Embedding, View(normed), View(gate));
        }
        else
        {
            var gated = GraphContext.Each(normed, GraphContext.Each(gate));
            mixed = context.Wide(context.Embedding, One(gated));
            for (var i = 1L; i < count; i++)
                mixed = GraphContext.Each(mixed, One(gated));
            mixed = GraphContext.Each(mixed);
        }

        return (mixed, isHead ? [] : [context.Wide(count, normed)]);
    }

    private GraphTensor Spread(GraphTensor output, GraphTensor streams, GraphTensor[] weights)
    {
        if (mixing == StreamMixing.Gated)
            return context.Wide(Width, output, streams, Scaled(weights[0], 3));
        if (mixing != StreamMixing.Independent)
            return context.Wide(Width, output, streams, weights[0], weights[1]);
        // Copies in f32, also of what is f32 already.
        var (wide, factors, before) = (context.Wide(context.Embedding, output), context.Wide(count, weights[0]),
            context.Wide(Width, streams));
        GraphTensor? all = null;
        for (var i = 1L; i <= count; i++)
        {
            var one = View(GraphContext.Each(One(before), GraphContext.Each(wide, View(factors))));
            all = all is null ? one : context.Wide(i * context.Embedding, all, one);
        }

        return context.Wide(Width, all!);
    }
}
