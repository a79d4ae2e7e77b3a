using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// Computes what is in the memory of each accelerator. llama.cpp counts the output matrix as an additional last layer and offloads from the
/// end, so the first "GPU layer" is the output matrix, and the token embedding always stays in RAM (<c>llama-model.cpp</c>,
/// <c>i_gpu_start</c>). Several accelerators get consecutive layers by their shares, with the KV cache of their layers, also where each
/// matrix is split by rows (<c>get_layer_buft_list</c>, <c>dev_layer</c>). Experts of first layers can stay in RAM, and rules can move
/// single tensors. Where the shape has no bytes per layer, all layers count as equal.
/// </summary>
internal sealed class Placement
{
    private const int Ram = -1;
    private readonly ForecastSettings _settings;
    private readonly double[] _ends;
    private readonly int _entries;
    private readonly int _blocks;
    private readonly int[] _deviceOf;
    private readonly long?[] _weights;
    private readonly bool[] _computes;

    /// <param name="shape">The model.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="index">The places of the shape's tensors.</param>
    public Placement(ModelShape shape, ForecastSettings settings, ModelIndex index)
    {
        _settings = settings;
        _entries = shape.Layers.Count;
        _blocks = shape.LayerWeights is { Count: > 0 } known && _entries % known.Count == 0 ? known.Count : _entries;
        // A layer with attention and a state space has two entries. The other models with more entries run their layers again.
        IsPaired = shape.Architecture == "falcon-h1" && _blocks < _entries;
        IsUsed = settings.GpuLayers > 0;
        FirstLayer = IsUsed ? (int)Math.Max(_blocks + 1L - settings.GpuLayers, 0) : _blocks;
        _ends = AddUp(settings);
        _weights = new long?[_ends.Length];
        _computes = new bool[_ends.Length];
        _deviceOf = [.. Enumerable.Range(0, _blocks + 1).Select(FindDevice)];
        if (!IsUsed)
        {
            Array.Fill(_weights, 0);
            return;
        }
        foreach (var device in _deviceOf.Where(device => device != Ram))
            _computes[device] = true;
        // A tied output matrix is the token embedding, of which the accelerator gets a copy.
        CopiedEmbeddingBytes = shape.OutputWeightBytes == 0 ? shape.InputWeightBytes ?? 0 : 0;
        PlaceWeights(shape, index);
    }

    /// <summary>The placement where no rule moves tensors.</summary>
    public static Placement CreateWithoutRules(ModelShape shape, ForecastSettings settings) =>
        new(shape, settings, new ModelIndex(shape, []));

    public bool IsUsed { get; }

    /// <summary>The first layer on an accelerator.</summary>
    public int FirstLayer { get; }

    public long CopiedEmbeddingBytes { get; }

    /// <summary>
    /// Size of the largest matrix of a layer that is in RAM; 0 where none is known. A micro-batch of 32 tokens or more multiplies with it
    /// on the first accelerator, which takes a copy, one matrix after the other (<c>op_offload</c>).
    /// </summary>
    public long LargestHostMatrixBytes { get; private set; }

    public int DeviceCount => _ends.Length;

    /// <summary>Layers with weights; the output matrix follows them.</summary>
    public int BlockCount => _blocks;

    /// <summary>The accelerator with the weights of a layer; null for RAM.</summary>
    public int? DeviceOf(int block) => _deviceOf[block] is var device && device == Ram ? null : device;

    /// <summary>Bytes of all accelerators; null where the weights are unknown.</summary>
    public long? WeightBytes => _weights.Aggregate((long?)0, (sum, bytes) => sum + bytes);

    /// <summary>The accelerator with the output matrix; null for RAM.</summary>
    public int? OutputDevice => _deviceOf[_blocks] is var device && device == Ram ? null : device;

    private bool IsPaired { get; }

    /// <summary>Bytes of weights in one accelerator.</summary>
    public long? WeightsOf(int device) => _weights[device];

    /// <summary>The accelerator with the KV cache of an entry of the shape's layers; null for RAM.</summary>
    public int? CacheOf(int entry)
    {
        var device = _deviceOf[IsPaired ? entry / (_entries / _blocks) : entry % _blocks];
        return _settings.KvOnHost || device == Ram ? null : device;
    }

    /// <summary>Whether an accelerator computes: it then has a compute buffer.</summary>
    public bool Computes(int device) => _computes[device];

    private void PlaceWeights(ModelShape shape, ModelIndex index)
    {
        var known = shape.LayerWeights is { } perLayer && perLayer.Count == _blocks ? perLayer : null;
        var keepsExperts = _settings.CpuExpertLayers > 0 && shape.ExpertCount is not null;
        if (shape.WeightBytes is not { } all || (keepsExperts && known is null))
        {
            Array.Fill(_weights, null);
            return;
        }
        var (input, output) = (shape.InputWeightBytes ?? 0, shape.OutputWeightBytes ?? 0);
        var tables = 0L;
        for (var i = 0; i < index.Tensors.Length; i++)
            tables += index.Tensors[i].IsTable ? shape.WeightTensors![i].Bytes : 0;
        var repeating = all - output - Math.Max(input, tables);
        var placed = new double[_ends.Length];
        for (var layer = FirstLayer; layer < _blocks; layer++)
        {
            var bytes = known is null ? (double)repeating / _blocks
                : known[layer].Bytes - (layer < _settings.CpuExpertLayers ? known[layer].ExpertBytes : 0);
            Add(placed, _deviceOf[layer], bytes);
        }
        // The last norm is beside the output matrix.
        var rest = known is null ? 0 : Math.Max(0, repeating - known.Sum(layer => layer.Bytes));
        Add(placed, _deviceOf[_blocks], output + CopiedEmbeddingBytes + rest);
        MoveTensors(placed, shape.WeightTensors ?? [], index);
        for (var device = 0; device < placed.Length; device++)
            _weights[device] = (long)Math.Max(0, Math.Round(placed[device]));
    }

    private void MoveTensors(double[] placed, IReadOnlyList<WeightTensor> tensors, ModelIndex index)
    {
        for (var i = 0; i < tensors.Count; i++)
        {
            var ((layer, isTable, isExperts, rule), bytes) = (index.Tensors[i], tensors[i].Bytes);
            var usual = isTable || layer >= _blocks ? Ram
                : layer < 0 ? _deviceOf[_blocks]
                : layer < _settings.CpuExpertLayers && isExperts ? Ram : _deviceOf[layer];
            var place = rule is { } moving ? _settings.TensorOverrides[moving].Device ?? Ram : usual;
            if (place == Ram && layer >= 0)
                LargestHostMatrixBytes = Math.Max(LargestHostMatrixBytes, bytes);
            if (rule is null)
                continue;
            if (usual != Ram)
                Add(placed, usual, -bytes);
            if (place != Ram)
            {
                placed[place] += bytes;
                _computes[place] = true;
            }
        }
    }

    private void Add(double[] placed, int owner, double bytes)
    {
        if (owner == Ram)
            return;
        if (!_settings.SplitRows)
        {
            placed[owner] += bytes;
            return;
        }
        for (var device = 0; device < placed.Length; device++)
            placed[device] += bytes * (_ends[device] - (device == 0 ? 0 : _ends[device - 1]));
    }

    private int FindDevice(int layer)
    {
        if (!IsUsed || layer < FirstLayer)
            return Ram;
        var place = (double)(layer - FirstLayer) / (_blocks + 1 - FirstLayer);
        var device = Array.FindIndex(_ends, end => end > place);
        return device < 0 ? _ends.Length - 1 : device;
    }

    private static double[] AddUp(ForecastSettings settings)
    {
        var shares = settings.TensorSplit;
        if (shares.Count == 0)
            return [1];
        // One accelerator alone, whatever the others could take.
        if (settings.SingleAccelerator)
            return [.. shares.Select((_, device) => device < settings.MainAccelerator ? 0.0 : 1.0)];
        var (sum, total) = (0.0, shares.Sum());
        return [.. shares.Select(share => (sum += share) / total)];
    }
}
