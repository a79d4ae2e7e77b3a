namespace MemoryWall.Models.Graphs;

/// <summary>One tensor of a computation graph, as far as its memory matters. Weights and caches have buffers of their own and are not part
/// of it.</summary>
/// <param name="bytes">Its size; 0 for one that is written into a cache.</param>
/// <param name="sources">The tensors that it is computed from; empty for an input of the graph.</param>
internal sealed class GraphTensor(long bytes, GraphTensor[] sources)
{
    // The CPU backend's alignment (GGML_MEM_ALIGN).
    private const long Alignment = 32;

    /// <summary>Its size in bytes, as the allocator rounds it.</summary>
    public long Bytes { get; } = bytes >= 0 ? checked((bytes + Alignment - 1) / Alignment * Alignment)
        : throw new OverflowException("a tensor is larger than any memory");

    /// <summary>The tensors that it is computed from.</summary>
    public GraphTensor[] Sources { get; } = sources;

    /// <summary>The tensor whose memory this one shows in another form; null for one with memory of its own.</summary>
    public GraphTensor? ViewOf { get; init; }

    /// <summary>Whether it is a value that is given, not computed.</summary>
    public bool IsInput { get; init; }

    /// <summary>Whether its operation may write into the memory of a source that nothing else reads.</summary>
    public bool CanReuseSource { get; init; }

    /// <summary>Whether it is read after the computation, so that its memory is never free.</summary>
    public bool IsOutput { get; set; }

    /// <summary>Whether it is part of the graph already.</summary>
    public bool IsAdded { get; set; }

    /// <summary>Tensors that still have to read it (the allocator's count).</summary>
    public int Readers { get; set; }

    /// <summary>Views of it that still have to be read (the allocator's count).</summary>
    public int Views { get; set; }

    /// <summary>Where its memory begins; null where it has none at the moment.</summary>
    public long? Offset { get; set; }
}
