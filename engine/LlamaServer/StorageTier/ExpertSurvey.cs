using System.Text;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>A weight that holds one matrix for each expert of a layer.</summary>
/// <param name="Tensor">The tensor (<c>ggml_tensor *</c>).</param>
/// <param name="Name">Its name.</param>
/// <param name="SliceBytes">Bytes of one expert's matrix.</param>
internal sealed record ExpertTensor(nint Tensor, string Name, long SliceBytes);

/// <summary>The experts of one layer.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Count">Number of experts.</param>
/// <param name="Used">Experts that one token uses.</param>
/// <param name="Tensors">Their weights, in the order of their use. An expert is a slice of each.</param>
internal sealed record ExpertLayer(int Layer, int Count, int Used, IReadOnlyList<ExpertTensor> Tensors);

/// <summary>
/// Finds in a graph the weights of which each token uses a few slices (MUL_MAT_ID) that the layer's router chose. Weights that are also
/// used otherwise, or by other numbers than the router's, are not among them: they are ordinary weights.
/// </summary>
internal sealed unsafe class ExpertSurvey
{
    private readonly Dictionary<nint, (int Layer, nint Choice)> _uses = [];
    private readonly HashSet<nint> _otherUses = [];
    private readonly List<nint> _order = [];
    private readonly Dictionary<nint, int> _used = [];

    public void Add(GgmlTensor* node, string operation)
    {
        for (var i = 0; i < GgmlTensor.Sources; i++)
        {
            var source = GgmlTensor.Source(node, i);
            if (source == null)
                continue;
            if (i == 0 && operation == "MUL_MAT_ID" && source->ViewSource == null && source->Operation == 0)
                AddUse(source, GgmlTensor.Source(node, 2));
            else
                _otherUses.Add((nint)GgmlTensor.Root(source));
        }
    }

    /// <summary>The layers with experts, in order; empty for a dense model and for a graph whose router's choice has no known
    /// name.</summary>
    public IReadOnlyList<ExpertLayer> FindLayers()
    {
        var routed = _order.Where(tensor => !_otherUses.Contains(tensor) && _uses[tensor].Layer >= 0).ToList();
        var layers = new List<ExpertLayer>();
        foreach (var layer in routed.GroupBy(tensor => _uses[tensor].Layer).OrderBy(layer => layer.Key))
        {
            var choices = layer.Select(tensor => _uses[tensor].Choice).Distinct().ToList();
            var counts = layer.Select(tensor => ((GgmlTensor*)tensor)->Dimensions[2]).Distinct().ToList();
            if (choices.Count == 1 && counts.Count == 1 && counts[0] > 1)
                layers.Add(new ExpertLayer(layer.Key, (int)counts[0], _used[choices[0]], [.. layer.Select(Describe)]));
        }
        return layers;
    }

    private void AddUse(GgmlTensor* weights, GgmlTensor* choice)
    {
        var use = (RoutingListener.ParseLayer(choice), (nint)choice);
        _used[(nint)choice] = (int)choice->Dimensions[0];
        if (_uses.TryAdd((nint)weights, use))
            _order.Add((nint)weights);
        else if (_uses[(nint)weights] != use)
            _otherUses.Add((nint)weights);
    }

    private static ExpertTensor Describe(nint tensor) => new(tensor,
        Encoding.UTF8.GetString(GgmlTensor.NameOf((GgmlTensor*)tensor)), (long)((GgmlTensor*)tensor)->Strides[2]);
}
