using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// Computes what is in the memory of each accelerator. llama.cpp counts the output matrix as an additional last layer and offloads from the
/// end, so the first "GPU layer" is the output matrix, and the token embedding always stays in RAM (<c>llama-model.cpp</c>,
/// <c>i_gpu_start</c>). Several accelerators get consecutive layers by their shares. Experts of first layers can stay in RAM. Where the
/// shape has no bytes per layer, all layers count as equal.
/// </summary>
internal sealed class Placement
{
    private readonly ForecastSettings _settings;
    private readonly double[] _ends;
    private readonly int _layers;
    private readonly long?[] _weights;

    public Placement(ModelShape shape, ForecastSettings settings)
    {
        _settings = settings;
        _layers = shape.Layers.Count;
        IsUsed = settings.GpuLayers > 0;
        FirstLayer = IsUsed ? (int)Math.Max(_layers + 1L - settings.GpuLayers, 0) : _layers;
        _ends = AddUp(settings.TensorSplit);
        _weights = new long?[_ends.Length];
        if (!IsUsed)
        {
            Array.Fill(_weights, 0);
            return;
        }
        // A tied output matrix is the token embedding, of which the accelerator gets a copy.
        CopiedEmbeddingBytes = shape.OutputWeightBytes == 0 ? shape.InputWeightBytes ?? 0 : 0;
        PlaceWeights(shape);
    }

    public bool IsUsed { get; }

    public int FirstLayer { get; }

    public long CopiedEmbeddingBytes { get; }

    public int DeviceCount => _ends.Length;

    /// <summary>Bytes of all accelerators; null where the weights are unknown.</summary>
    public long? WeightBytes => _weights.Aggregate((long?)0, (sum, bytes) => sum + bytes);

    /// <summary>Bytes of weights in one accelerator.</summary>
    public long? WeightsOf(int device) => _weights[device];

    /// <summary>The accelerator with the KV cache of a layer; null for RAM.</summary>
    public int? CacheOf(int layer) => layer < FirstLayer || _settings.KvOnHost ? null
        : _settings.SplitRows ? _settings.MainAccelerator : DeviceOf(layer);

    /// <summary>Whether an accelerator computes: it then has a compute buffer.</summary>
    public bool Computes(int device) => _settings.SplitRows ? device == _settings.MainAccelerator
        : Enumerable.Range(FirstLayer, _layers + 1 - FirstLayer).Any(layer => DeviceOf(layer) == device);

    /// <summary>The accelerator with the output matrix.</summary>
    public int OutputDevice => _settings.SplitRows ? _settings.MainAccelerator : DeviceOf(_layers);

    private void PlaceWeights(ModelShape shape)
    {
        var (input, output) = (shape.InputWeightBytes ?? 0, shape.OutputWeightBytes ?? 0);
        if (shape.WeightBytes is not { } all || (_settings.CpuExpertLayers > 0 && shape.LayerWeights?.Count != _layers))
        {
            if (_settings.CpuExpertLayers > 0 && shape.ExpertCount is null && shape.WeightBytes is not null)
            {
                Spread(shape, shape.WeightBytes.Value - input - output, output);
                return;
            }
            Array.Fill(_weights, null);
            return;
        }
        Spread(shape, all - input - output, output);
    }

    private void Spread(ModelShape shape, long repeating, long output)
    {
        var placed = new double[_ends.Length];
        var known = shape.LayerWeights is { } perLayer && perLayer.Count == _layers ? perLayer : null;
        for (var layer = FirstLayer; layer < _layers; layer++)
        {
            var bytes = known is null ? (double)repeating / _layers
                : known[layer].Bytes - (layer < _settings.CpuExpertLayers ? known[layer].ExpertBytes : 0);
            Add(placed, layer, bytes);
        }
        // The last norm is beside the output matrix.
        var rest = known is null ? 0 : Math.Max(0, repeating - known.Sum(layer => layer.Bytes));
        Add(placed, _layers, output + CopiedEmbeddingBytes + rest);
        for (var device = 0; device < placed.Length; device++)
            _weights[device] = (long)placed[device];
    }

    private void Add(double[] placed, int layer, double bytes)
    {
        if (!_settings.SplitRows)
        {
            placed[DeviceOf(layer)] += bytes;
            return;
        }
        for (var device = 0; device < placed.Length; device++)
            placed[device] += bytes * (_ends[device] - (device == 0 ? 0 : _ends[device - 1]));
    }

    private int DeviceOf(int layer)
    {
        var offloaded = _layers + 1 - FirstLayer;
        var place = (double)(layer - FirstLayer) / offloaded;
        var device = Array.FindIndex(_ends, end => end > place);
        return device < 0 ? _ends.Length - 1 : device;
    }

    private static double[] AddUp(IReadOnlyList<double> shares)
    {
        if (shares.Count == 0)
            return [1];
        var (sum, total) = (0.0, shares.Sum());
        return [.. shares.Select(share => (sum += share) / total)];
    }
}
