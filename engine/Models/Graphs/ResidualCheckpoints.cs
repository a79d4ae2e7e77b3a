using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Models.Graphs;

/// <summary>
/// A residual stream of which every so many layers a checkpoint is kept; each block reads a mix of all checkpoints and of the sum since the
/// last (<c>res_push</c> and <c>res_mix</c> of <c>kimi-k3.cpp</c>).
/// </summary>
/// <param name="context">The graph.</param>
/// <param name="period">Layers from one checkpoint to the next, 1 or more.</param>
internal sealed class ResidualCheckpoints(GraphContext context, int period) : IResidualStream
{
    private const int Float = 4;
    private GraphTensor? _kept;
    private long _count;
    private int _layer;

    public GraphTensor Begin(GraphTensor embeddings) => embeddings;

    public GraphTensor AddLayer(GraphTensor stream, Func<GraphTensor, GraphTensor> readTokens, Func<GraphTensor, GraphTensor> feedForward,
        bool isLast)
    {
        var mixed = Mix(stream);
        var restarts = _layer++ % period == 0;
        if (restarts)
        {
            _count++;
            _kept = _kept is null ? View(stream) : context.Wide(_count * context.Embedding, _kept, View(stream));
        }

        var source = context.Norm(mixed);
        context.Graph.Add(source);
        var read = readTokens(source);
        stream = restarts ? read : GraphContext.Each(stream, read);
        return GraphContext.Each(stream, feedForward(context.Norm(Mix(stream))));
    }

    public GraphTensor End(GraphTensor stream)
    {
        var kept = context.KeepOutputs(context.Embedding, Mix(stream));
        context.KeepRows();
        return context.Norm(kept);
    }

    private GraphTensor Mix(GraphTensor stream)
    {
        if (_kept is null)
            return stream;
        GraphTensor Score(GraphTensor of, long width) => context.Wide(width, GraphContext.Each(GraphContext.Each(of)));
        var scores = GraphContext.Each(context.Wide(_count + 1, View(Score(_kept, _count)), Score(stream, 1)));
        var forKept = context.Wide(_count, View(scores, Float * _count * context.Rows));
        var forStream = context.Wide(1, View(scores, Float * context.Rows));
        return GraphContext.Each(context.Wide(context.Embedding, _kept, forKept), GraphContext.Each(stream, forStream));
    }
}
