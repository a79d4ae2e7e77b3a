namespace MemoryWall.Models.Graphs;

/// <summary>
/// The memory that llama.cpp reserves for a graph, found as it finds it (<c>ggml-alloc.c</c>): inputs first; then, in the order of the
/// computation, each tensor into the memory of a source that nothing else reads, or into the smallest free block that is large enough,
/// or behind the last; what nothing reads any more is free again. So the size includes the gaps between what is alive.
/// </summary>
internal sealed class GraphAllocator
{
    private readonly List<(long Offset, long Bytes)> _free = [(0, long.MaxValue)];
    private long _peak;

    /// <summary>Bytes of the buffer in which a graph can be computed.</summary>
    public static long ReserveBytes(ComputeGraph graph)
    {
        var allocator = new GraphAllocator();
        foreach (var input in graph.Inputs)
            allocator.Place(input);
        foreach (var tensor in graph.Tensors)
        {
            if (tensor.ViewOf is { } viewed)
                viewed.Views++;
            foreach (var source in tensor.Sources)
                source.Readers++;
        }

        foreach (var tensor in graph.Tensors)
        {
            allocator.Place(tensor);
            foreach (var source in tensor.Sources)
                allocator.FinishReading(source);
        }

        return allocator._peak;
    }

    private void Place(GraphTensor tensor)
    {
        if (tensor.ViewOf is not null || tensor.Bytes == 0)
            return;
        tensor.Offset = FindReusable(tensor) is { } source ? TakeOver(source) : Allocate(tensor.Bytes);
    }

    // A view has no memory of its own to give away, also where nothing else shows that memory.
    private static GraphTensor? FindReusable(GraphTensor tensor) => !tensor.CanReuseSource ? null
        : Array.Find(tensor.Sources, source => source is { ViewOf: null, IsOutput: false, Offset: not null, Readers: 1, Views: 0 }
            && source.Bytes == tensor.Bytes);

    private static long TakeOver(GraphTensor source)
    {
        var offset = source.Offset!.Value;
        source.Offset = null;
        return offset;
    }

    private void FinishReading(GraphTensor source)
    {
        source.Readers--;
        if (source.Readers > 0 || source.Views > 0)
            return;
        if (source.ViewOf is { } viewed)
        {
            viewed.Views--;
            source = viewed;
        }

        if (source is { Readers: 0, Views: 0, IsOutput: false, Offset: { } offset })
        {
            Free(offset, source.Bytes);
            source.Offset = null;
        }
    }

    private long Allocate(long bytes)
    {
        var best = _free.Count - 1;
        for (var i = _free.Count - 2; i >= 0; i--)
        {
            // Of equal blocks llama.cpp takes the last.
            if (_free[i].Bytes >= bytes && (best == _free.Count - 1 || _free[i].Bytes < _free[best].Bytes))
                best = i;
        }

        var (offset, size) = _free[best];
        if (size == bytes)
            _free.RemoveAt(best);
        else
            _free[best] = (checked(offset + bytes), size - bytes);
        _peak = Math.Max(_peak, checked(offset + bytes));
        return offset;
    }

    private void Free(long offset, long bytes)
    {
        var next = _free.FindIndex(block => block.Offset > offset);
        var previous = next - 1;
        if (previous >= 0 && _free[previous].Offset + _free[previous].Bytes == offset)
        {
            (offset, bytes) = (_free[previous].Offset, _free[previous].Bytes + bytes);
            _free.RemoveAt(previous);
            next--;
        }

        if (offset + bytes == _free[next].Offset)
        {
            bytes += _free[next].Bytes;
            _free.RemoveAt(next);
        }

        _free.Insert(next, (offset, bytes));
    }
}
