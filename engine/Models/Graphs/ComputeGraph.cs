namespace MemoryWall.Models.Graphs;

/// <summary>
/// The tensors of a computation in the order in which llama.cpp computes them. A tensor comes into the graph with all it depends on, in
/// the order of its sources, when <see cref="Add"/> names it (<c>ggml_build_forward_expand</c>); until then it is only described.
/// </summary>
internal sealed class ComputeGraph
{
    private const int Float = 4;
    private readonly List<GraphTensor> _tensors = [];
    private readonly List<GraphTensor> _inputs = [];

    /// <summary>The computed tensors, in order.</summary>
    public IReadOnlyList<GraphTensor> Tensors => _tensors;

    /// <summary>The inputs, in order.</summary>
    public IReadOnlyList<GraphTensor> Inputs => _inputs;

    /// <summary>A value that is given.</summary>
    public static GraphTensor Input(long bytes) => new(bytes, []) { IsInput = true };

    /// <summary>A tensor of f32 numbers with memory of its own.</summary>
    public static GraphTensor New(long count, params GraphTensor[] sources) => new(checked(Float * count), sources);

    /// <summary>A tensor of the first source's size, whose operation may write into a source that nothing else reads.</summary>
    public static GraphTensor Reuse(params GraphTensor[] sources) => new(sources[0].Bytes, sources) { CanReuseSource = true };

    /// <summary>The memory of a tensor in another form, or a part of it.</summary>
    public static GraphTensor View(GraphTensor of) => View(of, of.Bytes);

    /// <summary>A part of a tensor's memory, of this size.</summary>
    public static GraphTensor View(GraphTensor of, long bytes) => new(bytes, [of]) { ViewOf = of.ViewOf ?? of };

    /// <summary>Something that is written into a cache, and has no memory in the graph.</summary>
    public static GraphTensor Store(params GraphTensor[] sources) => new(0, sources);

    /// <summary>Adds a tensor and what it depends on.</summary>
    public void Add(GraphTensor tensor)
    {
        if (tensor.IsAdded)
            return;
        tensor.IsAdded = true;
        foreach (var source in tensor.Sources)
            Add(source);
        (tensor.IsInput ? _inputs : _tensors).Add(tensor);
    }
}
