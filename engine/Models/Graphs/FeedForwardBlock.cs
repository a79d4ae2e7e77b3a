using MemoryWall.Core.Facts;
using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Models.Graphs;

/// <summary>Feed-forward blocks (<c>build_ffn</c>, <c>build_moe_ffn</c>).</summary>
internal static class FeedForwardBlock
{
    /// <summary>A dense block.</summary>
    public static GraphTensor Dense(GraphContext context, GraphTensor source, long width, bool isGated, bool hasSitu = false)
    {
        if (hasSitu)
            return context.Wide(context.Embedding, Situ(context.Wide(width, source), context.Wide(width, source)));
        var up = context.Wide(width, source);
        return context.Wide(context.Embedding, isGated
            // The gate is computed first: it is the first source of their product.
            ? context.Wide(width, context.Wide(width, source), up)
            : GraphContext.Each(up));
    }

    // The gate is bounded in two ways, which are multiplied, and so is the input.
    private static GraphTensor Situ(GraphTensor gate, GraphTensor up)
    {
        static GraphTensor Bounded(GraphTensor of) => GraphContext.Each(GraphContext.Each(GraphContext.Each(of)));
        return GraphContext.Each(GraphContext.Each(Bounded(gate), GraphContext.Each(gate)), Bounded(up));
    }

    /// <summary>A mixture of experts, and the experts that every token uses.</summary>
    public static GraphTensor Experts(GraphContext context, GraphTensor source, ExpertSizes sizes)
    {
        var used = sizes.Used;
        var read = sizes.LatentWidth > 0 ? context.Wide(sizes.LatentWidth, source) : source;
        var width = sizes.LatentWidth > 0 ? sizes.LatentWidth : context.Embedding;
        var (chosen, weights) = Route(context, source, sizes.Count, used);
        context.Graph.Add(weights);

        var input = View(read);
        if (sizes.WeighsInputs)
            input = GraphContext.Each(context.Wide(checked(context.Embedding * used), input), weights);
        var up = context.Wide(checked(sizes.Width * used), input, chosen);
        var inner = sizes.HasSituActivation ? Situ(context.Wide(checked(sizes.Width * used), input, chosen), up)
            : sizes.IsGated
            ? context.Wide(checked(sizes.Width * used), context.Wide(checked(sizes.Width * used), input, chosen), up)
            : GraphContext.Each(up);
        var outputs = context.Wide(checked(width * used), inner, chosen);
        if (!sizes.WeighsInputs)
            outputs = GraphContext.Each(outputs, weights);
        var sum = SumOutputs(context, outputs, used, width);
        return Shared(context, source, sizes, sizes.LatentWidth > 0 ? context.Wide(context.Embedding, context.Norm(sum)) : sum);
    }

    /// <summary>The values of attention, as the weighted sum of what some experts make (<c>build_routed_value</c> of
    /// <c>k2-horizon.cpp</c>).</summary>
    public static GraphTensor Values(GraphContext context, GraphTensor source, ValueExperts experts, long width)
    {
        var (chosen, weights) = Route(context, source, experts.Count, experts.UsedPerToken);
        var outputs = context.Wide(checked(width * experts.UsedPerToken), View(source), chosen);
        outputs = GraphContext.Each(GraphContext.Each(outputs), weights);
        GraphTensor One() => View(outputs, checked(4 * width * context.Rows));
        // The third and later ones are added into the sum of the first two.
        return experts.UsedPerToken == 1 ? context.Wide(width, One()) : GraphContext.Each(One(), One());
    }

    /// <summary>The experts of each token, and the normalised weights of what they make.</summary>
    private static (GraphTensor Chosen, GraphTensor Weights) Route(GraphContext context, GraphTensor source, long count, long used)
    {
        var probabilities = GraphContext.Each(context.Wide(count, source));
        var chosen = View(context.Wide(count, probabilities), checked(4 * used * context.Rows));
        var weights = context.Wide(used, View(probabilities), chosen);
        var total = GraphContext.Each(context.Wide(1, View(weights)));
        return (chosen, View(new GraphTensor(weights.Bytes, [View(weights), total])));
    }

    // The third and later experts are added into the sum of the first two, and need nothing more.
    private static GraphTensor SumOutputs(GraphContext context, GraphTensor outputs, long used, long width)
    {
        var graph = context.Graph;
        graph.Add(outputs);
        GraphTensor One() => View(outputs, checked(4 * width * context.Rows));
        var first = One();
        graph.Add(first);
        if (used == 1)
            return context.Wide(width, first);
        var second = One();
        graph.Add(second);
        var sum = GraphContext.Each(first, second);
        graph.Add(sum);
        return sum;
    }

    private static GraphTensor Shared(GraphContext context, GraphTensor source, ExpertSizes sizes, GraphTensor output) =>
        sizes.SharedWidth == 0 ? output
            : GraphContext.Each(output, Dense(context, source, sizes.SharedWidth, sizes.IsGated, sizes.HasSituActivation));
}
