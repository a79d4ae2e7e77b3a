using MemoryWall.Core.Facts;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Models.Forecast;

/// <summary>What a forecast looks up of a model for every placement: the kind of each layer, and where the name of each tensor puts
/// it.</summary>
internal sealed class ModelIndex
{
    private readonly IReadOnlyList<WeightTensor> _listed;
    private readonly IReadOnlyList<TensorOverride> _rules;
    private readonly int[] _kindOf;
    private TensorPlace[]? _tensors;

    /// <summary>What the name of a tensor tells.</summary>
    /// <param name="Layer">Its layer; -1 for none.</param>
    /// <param name="IsTable">Whether it is a table of which each token reads one row.</param>
    /// <param name="IsExperts">Whether it has the experts of a layer.</param>
    /// <param name="Rule">The rule that moves it, as an index; null for none.</param>
    public readonly record struct TensorPlace(int Layer, bool IsTable, bool IsExperts, int? Rule);

    /// <summary>The index of a model whose tensors some rules move.</summary>
    public ModelIndex(ModelShape shape, IReadOnlyList<TensorOverride> rules)
    {
        (_listed, _rules, _kindOf) = (shape.WeightTensors ?? [], rules, new int[shape.Layers.Count]);
        var kinds = new Dictionary<LayerShape, int>();
        for (var i = 0; i < _kindOf.Length; i++)
        {
            // Most layers are the same object as the one before.
            if (i > 0 && ReferenceEquals(shape.Layers[i], shape.Layers[i - 1]))
                _kindOf[i] = _kindOf[i - 1];
            else if (!kinds.TryGetValue(shape.Layers[i], out _kindOf[i]))
                kinds.Add(shape.Layers[i], _kindOf[i] = kinds.Count);
        }
        Kinds = [.. kinds.Keys];
    }

    /// <summary>The kinds of layers, each once.</summary>
    public IReadOnlyList<LayerShape> Kinds { get; }

    /// <summary>For each layer its kind, as an index.</summary>
    public ReadOnlySpan<int> KindOf => _kindOf;

    /// <summary>The places of the shape's tensors, in their order; empty where it does not report them.</summary>
    /// <exception cref="FormatException">The pattern of a rule takes too long.</exception>
    public ReadOnlySpan<TensorPlace> Tensors => _tensors ??= FindPlaces();

    /// <summary>Whether a rule moves any tensor.</summary>
    /// <exception cref="FormatException">The pattern of a rule takes too long.</exception>
    public bool IsUsed(int rule)
    {
        foreach (var tensor in Tensors)
        {
            if (tensor.Rule == rule)
                return true;
        }
        return false;
    }

    private TensorPlace[] FindPlaces()
    {
        var moved = _rules.Count == 0 || _listed.Count == 0 ? null
            : TensorOverride.Match([.. _listed.Select(tensor => tensor.Name)], _rules);
        var places = new TensorPlace[_listed.Count];
        for (var i = 0; i < places.Length; i++)
        {
            var name = _listed[i].Name;
            places[i] = new(ActiveWeights.LayerIndex(name), ActiveWeights.IsLookupTable(name), ActiveWeights.IsExperts(name), moved?[i]);
        }
        return places;
    }
}
