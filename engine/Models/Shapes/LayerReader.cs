using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Shapes;

/// <summary>
/// Reads what each layer stores, by the rules of llama.cpp: defaults from <c>llama_hparams</c>, kinds of layers from the loader of each
/// architecture, rows of the caches from <c>llama_model::create_memory</c>.
/// </summary>
internal sealed class LayerReader
{
    // The first layers of Gemma 3n have a cache, the others read theirs.
    private const int Gemma3nCachedLayers = 20;

    // GLM-5.2 and later compute the indexer in one layer of four, after the first two; they are trained for a million tokens.
    private const int SharedIndexerContext = 1 << 20;
    private const int SharedIndexerPeriod = 4;

    // GLM-5-Next caches for each token its key, its gate and the key of its group; Qwen 4 the key and that of the group.
    private const int GatedIndexRows = 3;
    private const int PlainIndexRows = 2;

    // Of eight layers of MiniMax-01 the last has attention, where no key says otherwise.
    private const int LightningInterval = 8;
    private readonly ModelMetadata _metadata;
    private readonly string _architecture;
    private readonly int _layerCount;
    private readonly int _runLayerCount;
    private readonly int _ownKvLayerCount;
    private readonly int[] _heads;
    private readonly int[] _kvHeads;
    private readonly int[] _feedForward;
    private readonly int?[] _windows;
    private readonly RecurrentLayer? _recurrentLayer;
    private readonly bool[] _recurrent;

    private LayerReader(ModelMetadata metadata, int count, int embedding)
    {
        _metadata = metadata;
        _architecture = metadata.Architecture;
        _layerCount = count;
        _runLayerCount = CountRunLayers(metadata, count);
        EmbeddingLength = embedding;
        var heads = PerLayer("attention.head_count");
        _heads = heads ?? new int[count];
        _kvHeads = PerLayer("attention.head_count_kv") ?? _heads;
        _recurrentLayer = ReadRecurrentLayer();
        if (heads is null && _recurrentLayer is null)
            throw ModelMetadata.MissingKey(Key("attention.head_count"));
        _feedForward = IsNemotronH ? PerLayer("feed_forward_length") ?? new int[count] : [];
        _recurrent = ReadRecurrentPattern();
        _windows = SlidingWindowReader.Read(metadata, count, _runLayerCount, i => !_recurrent[i]);
        _ownKvLayerCount = CountLayersWithOwnKv();
    }

    private int EmbeddingLength { get; }

    private bool IsNemotronH => _architecture is "nemotron_h" or "nemotron_h_moe";

    /// <summary>Reads the layers of a model.</summary>
    public static ModelLayers Read(ModelMetadata metadata, int count, int embedding)
    {
        var reader = new LayerReader(metadata, count, embedding);
        var layers = Enumerable.Range(0, count).SelectMany(reader.ReadLayer).ToList();
        // After its layers, a single head finds the adapter of each token.
        if (reader._architecture == "graniteswitch" && layers.LastOrDefault() is AttentionLayer last)
            layers.Add(last with { HeadCount = 1, KvHeadCount = 1 });
        // A model with loops runs its layers again, each time with caches of their own.
        var loops = Math.Max(1, metadata.Integer(reader.Key("num_loops")) ?? 1);
        if ((long)loops * layers.Count > ModelShapeReader.MaxLayers)
            throw new ModelFormatException($"{reader.Key("num_loops")} is {loops}; with {count} layers it is out of range");
        return new ModelLayers([.. Enumerable.Repeat(layers, loops).SelectMany(all => all)],
            reader._runLayerCount == count ? null
                : [.. Enumerable.Range(reader._runLayerCount, count - reader._runLayerCount).Select(reader.ReadAttentionLayer)],
            reader.ReadWidestValue());
    }

    /// <summary>Number of layers that run for a token; later layers only predict further tokens.</summary>
    public static int CountRunLayers(ModelMetadata metadata, int count) =>
        Math.Max(0, count - (metadata.Integer($"{metadata.Architecture}.nextn_predict_layers") ?? 0));

    private IEnumerable<LayerShape> ReadLayer(int i)
    {
        if (_recurrent[i])
            yield return ReadRecurrentLayer(i);
        var isIdle = i >= _runLayerCount && !KnownArchitectures.KeepsDraftRows(_architecture);
        if (isIdle || IsNemotronH && !_recurrent[i] && _feedForward[i] > 0)
            yield return new StatelessLayer();
        else if (!_recurrent[i] || _architecture == "falcon-h1")
            yield return ReadAttentionLayer(i);
    }

    private bool[] ReadRecurrentPattern()
    {
        var recurrent = new bool[_layerCount];
        if (_recurrentLayer is null)
            return recurrent;
        var (interval, lightning) = (_metadata.Integer(Key("full_attention_interval")) ?? 4,
            _metadata.Integer(Key("full_attention_interval")) ?? LightningInterval);
        var flags = PerLayer("attention.recurrent_layers");
        for (var i = 0; i < _runLayerCount; i++)
        {
            recurrent[i] = _architecture switch
            {
                "mamba" or "mamba2" or "rwkv6" or "rwkv6qwen2" or "rwkv7" or "arwkv7" or "falcon-h1" => true,
                "nemotron_h" or "nemotron_h_moe" => _kvHeads[i] == 0 && _feedForward[i] == 0,
                "minimax-01" => flags is null ? lightning == 0 || (i + 1) % lightning != 0 : flags[i] != 0,
                "qwen3next" or "qwen35" or "qwen35moe" or "qwen4exp" =>
                    flags is null ? interval == 0 || (i + 1) % interval != 0 : flags[i] != 0,
                _ => _kvHeads[i] == 0,
            };
        }
        return recurrent;
    }

    private LayerShape ReadAttentionLayer(int i)
    {
        if (_architecture == "deepseek4")
            return ReadCompressedLayer(i);
        var shares = i >= _ownKvLayerCount;
        var kvHeads = shares ? 0 : _kvHeads[i];
        var key = ReadHeadWidth(i, "attention.key_length");
        if (kvHeads > 0 && ReadLatentRank(i) is { } rank)
        {
            var suffix = Suffix(i);
            // The cache has one key for each key/value head; every known model has one.
            var stored = (long)key * kvHeads;
            return new LatentAttentionLayer(_heads[i], rank,
                stored > rank && stored <= int.MaxValue ? (int)stored - rank : _metadata.Integer(Key("rope.dimension_count")) ?? 0)
            {
                SlidingWindow = _windows[i],
                Index = ReadIndex(i),
                IndexerLength = HasIndexer(i) ? ReadIndexerLength() : 0,
                IndexerHeads = HasIndexer(i) ? _metadata.Integer(Key("attention.indexer.head_count")) ?? 0 : 0,
                IndexerCount = HasIndexer(i) ? _metadata.Integer(Key("attention.indexer.top_k")) ?? 0 : 0,
                QueryLength = _metadata.Integer(Key("attention.key_length_mla" + suffix)) ?? 0,
                ValueLength = _metadata.Integer(Key("attention.value_length_mla" + suffix)) ?? 0,
                QueryRank = _metadata.Integer(Key("attention.q_lora_rank")) ?? 0,
            };
        }

        return new AttentionLayer(_heads[i], kvHeads, key, ReadHeadWidth(i, "attention.value_length"), _windows[i])
        {
            SharesKv = shares,
            Index = ReadIndex(i),
            IndexerLength = HasIndexer(i) ? ReadIndexerLength() : 0,
            ValueExperts = ReadValueExperts(i),
        };
    }

    /// <summary>The experts that make the values, in layers of K2 Horizon that have experts; null for none.</summary>
    private ValueExperts? ReadValueExperts(int i)
    {
        if (_architecture != "k2-horizon" || _metadata.Integer(Key("expert_count")) is not > 0
            || i < (_metadata.Integer(Key("leading_dense_block_count")) ?? 0)
            || _metadata.Integer(Key("attention.value_expert_count")) is not (> 0 and var count))
            return null;
        var used = _metadata.RequiredInteger(Key("attention.value_expert_used_count"));
        return used > 0 && used <= count ? new ValueExperts(count, used) : throw new ModelFormatException(
            $"{Key("attention.value_expert_used_count")} is {used}; it must be 1 to {count}, the number of value experts");
    }

    /// <summary>A layer of DeepSeek-V4. A layer that only drafts has the window alone.</summary>
    private CompressedAttentionLayer ReadCompressedLayer(int i)
    {
        var ratio = i < _runLayerCount ? PerLayer("attention.compress_ratios")?[i] ?? 0 : 0;
        var layer = new CompressedAttentionLayer(_heads[i], ReadHeadWidth(i, "attention.key_length"),
            _metadata.RequiredInteger(Key("attention.sliding_window")), ratio)
        {
            QueryRank = _metadata.Integer(Key("attention.q_lora_rank")) ?? 0,
            OutputRank = (int)Math.Min(int.MaxValue, (long)(_metadata.Integer(Key("attention.output_lora_rank")) ?? 0)
                * (_metadata.Integer(Key("attention.output_group_count")) ?? 1)),
        };
        return !layer.HasOverlap ? layer : layer with
        {
            IndexerLength = ReadIndexerLength(),
            IndexerHeads = _metadata.Integer(Key("attention.indexer.head_count")) ?? 0,
            IndexerCount = _metadata.Integer(Key("attention.indexer.top_k")) ?? 0,
        };
    }

    /// <summary>The recurrent layer at an index. That with embeddings of its own keeps the inputs of their convolution too, of which each
    /// is as long as all residual streams (<c>llama_hparams::ple_conv_state</c>).</summary>
    private RecurrentLayer ReadRecurrentLayer(int i)
    {
        if (_architecture != "qwen4exp" || _metadata.Numbers(Key("ple.layers"), value => (long)value)?.Contains(i) != true)
            return _recurrentLayer!;
        var kept = (_metadata.RequiredInteger(Key("ple.conv_kernel")) - 1L) * _metadata.RequiredInteger(Key("ple.ngram_size"))
            * _metadata.RequiredInteger(Key("hyper_connection.count")) * EmbeddingLength;
        return kept is >= 0 and <= int.MaxValue ? _recurrentLayer! with { EmbeddingHistory = (int)kept }
            : throw new ModelFormatException($"{Key("ple.conv_kernel")} is out of range: the layer would keep {kept} numbers");
    }

    /// <summary>The index over groups of tokens; null where the layer has none.</summary>
    private PooledIndex? ReadIndex(int i)
    {
        if (_architecture is not ("glm5-next" or "qwen4exp") || i >= _runLayerCount || ReadIndexerLength() is 0
            || (_architecture == "glm5-next" && PerLayer("attention.indexer.types")?[i] == 0))
            return null;
        var pool = _architecture == "glm5-next" ? _metadata.Integer(Key("attention.indexer.kpool")) ?? 0
            : PerLayer("attention.compress_ratios")?.Max() ?? 0;
        return new PooledIndex(ReadIndexerLength(), _architecture == "glm5-next" ? GatedIndexRows : pool > 0 ? PlainIndexRows : 1, pool,
            _metadata.Integer(Key("attention.indexer.head_count")) ?? 0, _metadata.Integer(Key("attention.indexer.top_k")) ?? 0);
    }

    private bool HasIndexer(int i) => i < _runLayerCount && _architecture switch
    {
        "deepseek32" => true,
        "dots3note" => PerLayer("attention.indexer.types")?[i] != 0 && _windows[i] is null,
        "hy_v4" => _metadata.Integer(Key("attention.indexer.top_k")) > 0 && PerLayer("attention.indexer.types")?[i] != 0,
        "glm-dsa" => PerLayer("attention.indexer.types") is { } types ? types[i] != 0
            : (_metadata.Integer(Key("context_length")) ?? 0) < SharedIndexerContext || i < 2 || (i - 2) % SharedIndexerPeriod == 0,
        "minimax-m3" => i >= (_metadata.Integer(Key("leading_dense_block_count")) ?? 0),
        _ => false,
    };

    private int ReadIndexerLength() => _metadata.Integer(Key("attention.indexer.key_length")) ?? 0;

    /// <summary>Whether multi-head latent attention is used. It needs the inner widths too: older conversions store full heads.</summary>
    private int? ReadLatentRank(int i) =>
        _metadata.Integer(Key("attention.key_length_mla")) > 0 && _metadata.Integer(Key("attention.value_length_mla")) > 0
            ? _metadata.RequiredInteger(Key("attention.kv_lora_rank" + Suffix(i)))
            : null;

    // Layers with a window have widths of their own.
    private string Suffix(int i) => _windows[i] is null ? "" : "_swa";

    private int ReadHeadWidth(int i, string name)
    {
        var heads = _heads.FirstOrDefault(count => count > 0);
        return (_windows[i] is null ? null : _metadata.IntegerPerLayer(Key(name + "_swa"), _layerCount)?[i])
            ?? _metadata.IntegerPerLayer(Key(name), _layerCount)?[i]
            ?? (heads > 0 ? EmbeddingLength / heads : 0);
    }

    private int ReadWidestValue() => (int)Math.Min(int.MaxValue,
        Enumerable.Range(0, _layerCount).Max(i => (long)_kvHeads[i] * ReadHeadWidth(i, "attention.value_length")));

    /// <summary>Number of first layers that store their own keys and values; later ones read those of an earlier layer.</summary>
    private int CountLayersWithOwnKv() => _architecture switch
    {
        "gemma3n" => Math.Min(_layerCount, Gemma3nCachedLayers),
        "gemma4" => Math.Max(0, _layerCount - (_metadata.Integer(Key("attention.shared_kv_layers")) ?? 0)),
        _ when !KnownArchitectures.IsKnown(_architecture) =>
            Math.Max(0, _layerCount - (_metadata.Integer(Key("attention.shared_kv_layers")) ?? 0)),
        _ => _layerCount,
    };

    /// <summary>The recurrent layer of this model, expressed as a state-space layer; null where the model has none.</summary>
    private RecurrentLayer? ReadRecurrentLayer()
    {
        if (_metadata.Integer(Key("kda.head_dim")) is { } head && _heads.Length > 0)
        {
            // Three convolutions (query, key, value), each of the inner width: one as such, and two as groups, one for each head.
            var count = _heads[0];
            if ((long)count * head > int.MaxValue)
                throw new ModelFormatException($"{Key("kda.head_dim")} is {head}; with {count} heads it is out of range");
            return new RecurrentLayer(_metadata.RequiredInteger(Key("ssm.conv_kernel")), count * head, head, count)
            {
                HeadCount = count,
            };
        }

        // Lightning attention keeps a square of each head and no convolution.
        if (_architecture == "minimax-01" && _heads.Length > 0)
        {
            var (heads, width) = (_heads[0], _metadata.IntegerPerLayer(Key("attention.key_length"), _layerCount)?[0]
                ?? (_heads[0] > 0 ? EmbeddingLength / _heads[0] : 0));
            if ((long)heads * width > int.MaxValue)
                throw new ModelFormatException($"{Key("attention.key_length")} is {width}; with {heads} heads it is out of range");
            return new RecurrentLayer(1, heads * width, width, 0);
        }

        if (_metadata.Integer(Key("wkv.head_size")) is { } size)
            return new RecurrentLayer(Math.Min(_metadata.Integer(Key("token_shift_count")) ?? 2, int.MaxValue - 1) + 1, EmbeddingLength,
                size, 0);
        // A short convolution keeps its last inputs and no state.
        if (_metadata.Integer(Key("shortconv.l_cache")) is { } cache)
            return new RecurrentLayer(cache, EmbeddingLength, 0, 0);
        if (_metadata.Integer(Key("ssm.inner_size")) is { } inner)
        {
            return new RecurrentLayer(
                _metadata.RequiredInteger(Key("ssm.conv_kernel")), inner, _metadata.RequiredInteger(Key("ssm.state_size")),
                _metadata.Integer(Key("ssm.group_count")) ?? 0)
            {
                HeadCount = _metadata.Integer(Key("ssm.time_step_rank")) ?? 0,
            };
        }

        return null;
    }

    /// <summary>One number for each layer. An array may end before the layers that only draft, which then have none.</summary>
    private int[]? PerLayer(string name)
    {
        var key = Key(name);
        if (_runLayerCount == _layerCount || !_metadata.IsArray(key) || _metadata.ArrayLength(key) >= _layerCount)
            return _metadata.IntegerPerLayer(key, _layerCount);
        return [.. _metadata.IntegerPerLayer(key, _runLayerCount)!, .. new int[_layerCount - _runLayerCount]];
    }

    private string Key(string name) => $"{_architecture}.{name}";
}

/// <summary>What the layers of a model store.</summary>
/// <param name="Layers">All layers.</param>
/// <param name="DraftLayers">The layers that only predict further tokens, as a context of their own has them; null for none.</param>
/// <param name="WidestValue">Width of the values of the widest layer.</param>
internal sealed record ModelLayers(IReadOnlyList<LayerShape> Layers, IReadOnlyList<LayerShape>? DraftLayers, int WidestValue);
