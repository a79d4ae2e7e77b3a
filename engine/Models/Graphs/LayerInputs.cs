using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Models.Graphs;

/// <summary>What a layer gets beside the residual stream.</summary>
/// <param name="Traits">How the architecture's layers are put together.</param>
/// <param name="FeedForward">Width of a dense feed-forward block; 0 where there is none.</param>
/// <param name="Experts">The mixture of experts; null where there is none.</param>
/// <param name="PerLayer">Width of the input that each layer has of its own (Gemma 3n and 4); 0 for none.</param>
/// <param name="All">The inputs of all layers; null for none.</param>
internal sealed record LayerInputs(GraphTraits Traits, long FeedForward, ExpertSizes? Experts, long PerLayer, GraphTensor? All)
{
    private const int Float = 4;

    /// <summary>The input of one layer.</summary>
    public GraphTensor Slice(GraphContext context) => View(All!, Float * PerLayer * context.Rows);

    /// <summary>The inputs of all layers: those of the tokens, which are looked up first, and those made from the residual stream, added.
    /// Gemma 3n scales the former at once, Gemma 4 where they are added.</summary>
    public static GraphTensor? BuildAll(GraphContext context, GraphTensor stream, (long Width, long Layers) size, bool scalesFirst)
    {
        if (size.Width == 0)
            return null;
        var all = checked(size.Width * size.Layers);
        var tokens = context.Wide(all, Input(Float * context.Rows));
        if (scalesFirst)
            tokens = GraphContext.Each(View(tokens));
        context.Graph.Add(tokens);
        var made = context.Norm(View(GraphContext.Each(context.Wide(all, stream))));
        var sum = GraphContext.Each(made, scalesFirst ? tokens : View(GraphContext.Each(tokens)));
        return context.Wide(all, View(GraphContext.Each(sum)));
    }
}
