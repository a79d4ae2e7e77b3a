using System.Globalization;
using System.Text;
using MemoryWall.LlamaServer.Native;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>A tensor that outlives the graphs that use it: a weight, or the keys or values of one layer.</summary>
internal sealed unsafe class SurveyedTensor(GgmlTensor* tensor, string name, int first)
{
    public GgmlTensor* Tensor => tensor;

    public string Name => name;

    /// <summary>The first layer that uses it; the number of layers for tensors used only after the layers.</summary>
    public int FirstLayer => first;

    public int LastLayer { get; set; }

    /// <summary>Index in the graph of the first node that uses it.</summary>
    public int FirstNode { get; init; }

    /// <summary>Index in the graph of the last node that uses it.</summary>
    public int LastNode { get; set; }

    /// <summary>Number of uses by nodes.</summary>
    public int UseCount { get; set; }

    /// <summary>Whether nodes only look up single rows of it, so that it does not have to be in memory as a whole.</summary>
    public bool IsRowLookupOnly { get; set; } = true;

    /// <summary>Whether a node uses it other than through a view whose address can be changed.</summary>
    public bool IsUsedDirectly { get; set; }
}

/// <summary>
/// Observes one graph without computing it, and finds which tensors each layer uses. Layers end at the nodes that llama.cpp names
/// <c>l_out-0</c>, <c>l_out-1</c>, …
/// </summary>
internal sealed unsafe class GraphSurvey : INodeListener
{
    public static ReadOnlySpan<byte> LayerEndPrefix => "l_out-"u8;

    private static readonly HashSet<string> s_viewOperations = ["SET_ROWS", "VIEW", "RESHAPE", "PERMUTE", "TRANSPOSE"];
    private readonly Dictionary<nint, SurveyedTensor> _tensors = [];
    private int _nodes;

    /// <summary>Number of layers in the graph.</summary>
    public int LayerCount { get; private set; }

    /// <summary>How this build differs from the known one; null where it does not.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether each token takes the next cell of every layer's KV cache, so that it can be streamed. With a sliding window cells
    /// are used again.</summary>
    public bool CanStreamKv { get; init; } = true;

    /// <summary>The uses of experts.</summary>
    public ExpertSurvey Experts { get; } = new();

    public IReadOnlyCollection<SurveyedTensor> Tensors => _tensors.Values;

    public static int ParseLayer(ReadOnlySpan<byte> name) =>
        name.StartsWith(LayerEndPrefix)
            && int.TryParse(name[LayerEndPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var layer) ? layer : -1;

    public bool OnNodeStarting(nint node)
    {
        var tensor = (GgmlTensor*)node;
        if (Problem is not null)
            return false;
        if (Ggml.FindMismatch(tensor) is { } field)
        {
            Problem = $"the field {field} of ggml_tensor has another offset than in ggml 0.18";
            return false;
        }
        var operation = Ggml.OperationName(tensor);
        _nodes++;
        Experts.Add(tensor, operation);
        for (var i = 0; i < GgmlTensor.Sources; i++)
            if (GgmlTensor.Source(tensor, i) is var source && source != null)
                Add(source, operation, i);
        if (ParseLayer(GgmlTensor.NameOf(tensor)) is >= 0 and var layer)
        {
            if (layer != LayerCount)
                Problem = $"layer {layer} ends where layer {LayerCount} is expected";
            LayerCount++;
        }
        return false;
    }

    public void OnNodeDone(nint tensor)
    {
    }

    private void Add(GgmlTensor* source, string operation, int index)
    {
        var root = GgmlTensor.Root(source);
        if (root->Operation != 0 || root->Buffer == 0)
            return;
        if (!_tensors.TryGetValue((nint)root, out var seen))
        {
            if (Ggml.FindOwnerMismatch(root) is { } field)
            {
                Problem = $"the field {field} of ggml_tensor has another offset than in ggml 0.18";
                return;
            }
            _tensors[(nint)root] = seen = new SurveyedTensor(root, Encoding.UTF8.GetString(GgmlTensor.NameOf(root)),
                LayerCount)
            { LastLayer = LayerCount, FirstNode = _nodes };
        }
        seen.LastLayer = LayerCount;
        seen.LastNode = _nodes;
        seen.UseCount++;
        seen.IsRowLookupOnly &= operation == "GET_ROWS" && index == 0;
        seen.IsUsedDirectly |= source == root && !s_viewOperations.Contains(operation);
    }
}
