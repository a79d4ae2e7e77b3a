using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Shapes;

/// <summary>
/// Reads what each layer stores, by the rules of llama.cpp: defaults from <c>llama_hparams</c>, kinds of layers from the loader of each
/// architecture.
/// </summary>
internal sealed class LayerReader
{
    private readonly ModelMetadata _metadata;
    private readonly string _architecture;
    private readonly int _layerCount;
    private readonly int _ownKvLayerCount;
    private readonly int[] _heads;
    private readonly int[] _kvHeads;
    private readonly int[] _feedForward;
    private readonly int?[] _windows;
    private readonly RecurrentLayer? _recurrentLayer;
    private readonly int _fullAttentionInterval;

    private LayerReader(ModelMetadata metadata, int count, int embedding)
    {
        _metadata = metadata;
        _architecture = metadata.Architecture;
        _layerCount = count;
        EmbeddingLength = embedding;
        _recurrentLayer = ReadRecurrentLayer();
        var heads = metadata.IntegerPerLayer(Key("attention.head_count"), count);
        if (heads is null && _recurrentLayer is null)
            throw ModelMetadata.MissingKey(Key("attention.head_count"));
        _heads = heads ?? new int[count];
        _kvHeads = metadata.IntegerPerLayer(Key("attention.head_count_kv"), count) ?? _heads;
        _feedForward = IsNemotronH ? metadata.IntegerPerLayer(Key("feed_forward_length"), count) ?? new int[count] : [];
        _windows = SlidingWindowReader.Read(metadata, _architecture, count);
        _fullAttentionInterval = metadata.Integer(Key("full_attention_interval"))
            ?? (_architecture is "qwen3next" or "qwen35" or "qwen35moe" ? 4 : 0);
        _ownKvLayerCount = count - Math.Min(count, CountLayersWithoutOwnKv());
    }

    private int EmbeddingLength { get; }

    /// <summary>Reads the layers of a model, in order.</summary>
    public static IReadOnlyList<LayerShape> Read(ModelMetadata metadata, int count, int embedding)
    {
        var reader = new LayerReader(metadata, count, embedding);
        return [.. Enumerable.Range(0, count).SelectMany(reader.ReadLayer)];
    }

    private IEnumerable<LayerShape> ReadLayer(int i)
    {
        if (IsRecurrent(i))
            yield return _recurrentLayer!;
        if (!IsRecurrent(i) || HasAttentionAndState)
            yield return ReadAttentionLayer(i);
    }

    private bool IsNemotronH => _architecture is "nemotron_h" or "nemotron_h_moe";

    private bool HasAttentionAndState => _architecture == "falcon-h1";

    private bool IsRecurrent(int i) => _recurrentLayer is not null && _architecture switch
    {
        "mamba" or "mamba2" or "rwkv6" or "rwkv6qwen2" or "rwkv7" or "arwkv7" or "falcon-h1" => true,
        _ when IsNemotronH => _kvHeads[i] == 0 && _feedForward[i] == 0,
        _ when _fullAttentionInterval > 0 => (i + 1) % _fullAttentionInterval != 0,
        _ => _kvHeads[i] == 0,
    };

    private LayerShape ReadAttentionLayer(int i)
    {
        var kvHeads = i < _ownKvLayerCount ? _kvHeads[i] : 0;
        var window = _windows[i];
        var key = ReadHeadWidth(i, "attention.key_length");
        if (kvHeads > 0 && ReadLatentRank() is { } rank)
            return new LatentAttentionLayer(_heads[i], rank, key > rank ? key - rank : _metadata.Integer(Key("rope.dimension_count")) ?? 0);
        return new AttentionLayer(_heads[i], kvHeads, key, ReadHeadWidth(i, "attention.value_length"), window);
    }

    /// <summary>Whether multi-head latent attention is used. It needs the inner widths too: older conversions store full heads.</summary>
    private int? ReadLatentRank() =>
        _metadata.Integer(Key("attention.key_length_mla")) > 0 && _metadata.Integer(Key("attention.value_length_mla")) > 0
            ? _metadata.RequiredInteger(Key("attention.kv_lora_rank"))
            : null;

    private int ReadHeadWidth(int i, string name)
    {
        var heads = _heads.FirstOrDefault(count => count > 0);
        return (_windows[i] is null ? null : _metadata.IntegerPerLayer(Key(name + "_swa"), _layerCount)?[i])
            ?? _metadata.IntegerPerLayer(Key(name), _layerCount)?[i]
            ?? (heads > 0 ? EmbeddingLength / heads : 0);
    }

    /// <summary>
    /// Number of last layers that store nothing: those that read the keys and values of an earlier layer, and those that only predict
    /// further tokens and do not run.
    /// </summary>
    private int CountLayersWithoutOwnKv()
    {
        var shared = _metadata.Integer(Key("attention.shared_kv_layers"))
            ?? (_architecture == "gemma3n" ? Math.Max(0, _layerCount - 20) : 0);
        return Math.Max(shared, _metadata.Integer(Key("nextn_predict_layers")) ?? 0);
    }

    /// <summary>The recurrent layer of this model, expressed as a state-space layer; null where the model has none.</summary>
    private RecurrentLayer? ReadRecurrentLayer()
    {
        if (_metadata.Integer(Key("kda.head_dim")) is { } head
            && _metadata.IntegerPerLayer(Key("attention.head_count"), _layerCount) is { } heads)
        {
            // Three convolutions (query, key, value), each of the inner width: one as such, and two as groups, one for each head.
            var count = heads.Max();
            if ((long)count * head > int.MaxValue)
                throw new ModelFormatException($"{Key("kda.head_dim")} is {head}; with {count} heads it is out of range");
            return new RecurrentLayer(_metadata.RequiredInteger(Key("ssm.conv_kernel")), count * head, head, count);
        }

        if (_metadata.Integer(Key("ssm.inner_size")) is { } inner)
        {
            return new RecurrentLayer(
                _metadata.RequiredInteger(Key("ssm.conv_kernel")), inner, _metadata.RequiredInteger(Key("ssm.state_size")),
                _metadata.Integer(Key("ssm.group_count")) ?? 0);
        }

        if (_metadata.Integer(Key("shortconv.l_cache")) is { } cache)
            return new RecurrentLayer(cache, EmbeddingLength, 0, 0);
        if (_metadata.Integer(Key("wkv.head_size")) is { } size)
            return new RecurrentLayer(Math.Min(_metadata.Integer(Key("token_shift_count")) ?? 2, int.MaxValue - 1) + 1, EmbeddingLength,
                size, 0);
        return null;
    }

    private string Key(string name) => $"{_architecture}.{name}";
}
