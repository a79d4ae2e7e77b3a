using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Graphs;

/// <summary>
/// The streams of two stacks of layers that run in turn: the low one starts from the sum of both streams, several times, and then the high
/// one, whose result both continue with (<c>build_stack</c> of <c>hrm-text.cpp</c>).
/// </summary>
/// <param name="context">The graph.</param>
/// <param name="cycles">The stacks.</param>
internal sealed class ResidualCycles(GraphContext context, StackCycles cycles) : IResidualStream
{
    private GraphTensor? _high;
    private GraphTensor? _low;
    private int _layer;

    public GraphTensor Begin(GraphTensor embeddings) => _high = embeddings;

    public GraphTensor AddLayer(GraphTensor stream, Func<GraphTensor, GraphTensor> readTokens, Func<GraphTensor, GraphTensor> feedForward,
        bool isLast)
    {
        // The first low stream is a weight.
        if (_layer % cycles.StackLayers == 0)
            stream = _low is null ? GraphContext.Each(_high!) : GraphContext.Each(_high!, _low);
        stream = GraphContext.Each(readTokens(context.Norm(stream)), stream);
        stream = GraphContext.Each(feedForward(context.Norm(stream)), stream);
        if (++_layer % cycles.StackLayers != 0)
            return stream;
        stream = context.Norm(stream);
        if (_layer / cycles.StackLayers % (cycles.LowRuns + 1) == 0)
            _high = stream;
        else
            _low = stream;
        return stream;
    }

    public GraphTensor End(GraphTensor stream)
    {
        var kept = context.KeepOutputs(context.Embedding, stream);
        context.KeepRows();
        return kept;
    }
}
