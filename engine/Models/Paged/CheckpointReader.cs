using System.Text.Json;
using MemoryWall.Core.Files;

namespace MemoryWall.Models.Paged;

/// <summary>Reads a folder with a checkpoint as publishers store it on huggingface.co: <c>config.json</c> and safetensors files.</summary>
internal static class CheckpointReader
{
    private const string ConfigName = "config.json";
    private const int MaxConfigBytes = 16 << 20;
    private const int MaxLayers = 4096;
    private const int MaxHeads = 1 << 16;
    private const int MaxWidth = 1 << 20;

    // Gemma 3 has one layer in six that attends to the whole context, Gemma 2 one in two.
    private const int Gemma3Period = 6;
    private const int Gemma2Period = 2;

    // Keys of models with recurrent states, sparse attention, layers that share keys and values, or layers of different widths, whose pages
    // a server pads or splits. A key that is null, false or 0 is not used.
    private static readonly string[] s_unknownKeys = ["hybrid_override_pattern", "layers_block_type", "attn_layer_period", "full_attn_idxs",
        "attn_type_list", "block_configs", "block_types", "mamba_d_state", "ssm_state_size", "state_size", "index_topk",
        "linear_attn_config", "full_attention_interval", "linear_num_value_heads", "linear_key_head_dim", "conv_L_cache", "global_head_dim",
        "compress_ratios", "num_kv_shared_layers", "use_cla", "cross_attention_layers", "hybrid_layer_pattern", "layer_group_size",
        "num_attention_groups", "num_key_value_heads_per_layer", "multi_query_group_num", "is_encoder_decoder"];

    // Where num_key_value_heads is absent, these have keys and values for each head. Others have another default, or another name for it.
    private static readonly string[] s_headsOfTheirOwn = ["llama", "gpt_neox", "opt", "phi", "phi3", "cohere", "olmo", "olmo2", "qwen",
        "baichuan", "persimmon"];

    /// <summary>Whether a folder has a checkpoint.</summary>
    public static bool IsCheckpoint(string folder) => File.Exists(Path.Combine(folder, ConfigName));

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="ModelFormatException">A file is damaged, or the model's cache follows rules that are not known here.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static Checkpoint Read(string folder)
    {
        var path = Path.Combine(folder, ConfigName);
        // The cache of huggingface.co has links to its files.
        using var file = RegularFile.OpenNamed(path);
        if (file.Length > MaxConfigBytes)
            throw new ModelFormatException($"{ConfigName} has more than {MaxConfigBytes >> 20} MiB");
        try
        {
            using var json = JsonDocument.Parse(file);
            return Read(json.RootElement, folder);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new ModelFormatException($"{ConfigName} is no valid JSON object");
        }
    }

    private static Checkpoint Read(JsonElement root, string folder)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new ModelFormatException($"{ConfigName} is no object");
        // Models of several modalities have the language model in a part.
        var text = root.TryGetProperty("text_config", out var part) && part.ValueKind == JsonValueKind.Object ? part : root;
        if (s_unknownKeys.FirstOrDefault(name => text.TryGetProperty(name, out var value) && IsUsed(value)) is { } key)
            throw new ModelFormatException($"{ConfigName} has '{key}': the cache of such a model is not known here");
        var type = Text(text, "model_type") ?? Text(root, "model_type") ?? "";
        var layers = Required(text, "num_hidden_layers", MaxLayers);
        var hidden = Required(text, "hidden_size", MaxWidth);
        var heads = Required(text, "num_attention_heads", MaxHeads);
        var rank = Positive(text, "kv_lora_rank", MaxWidth);
        return new Checkpoint
        {
            Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            Type = type,
            HiddenSize = hidden,
            KvHeads = Positive(text, "num_key_value_heads", MaxHeads) ?? (rank is not null || s_headsOfTheirOwn.Contains(type) ? heads
                : throw new ModelFormatException(
                    $"{ConfigName} has no 'num_key_value_heads', and its default for '{type}' is not known here")),
            HeadLength = Positive(text, "head_dim", MaxWidth) ?? (heads <= hidden ? hidden / heads
                : throw new ModelFormatException($"{ConfigName}: num_attention_heads is {heads}, more than hidden_size, {hidden}")),
            LatentLength = rank is null ? null : rank + (Positive(text, "qk_rope_head_dim", MaxWidth) ?? 0),
            FeedForwardLength = ReadFeedForward(text, hidden),
            VocabularySize = Optional(text, "vocab_size"),
            MaxPositions = Optional(text, "max_position_embeddings"),
            Windows = ReadWindows(text, layers),
            ElementBytes = (Text(text, "dtype") ?? Text(text, "torch_dtype") ?? Text(root, "dtype") ?? Text(root, "torch_dtype")) switch
            {
                null or "bfloat16" or "float16" or "float32" => 2, // servers compute in half precision
                var other => throw new ModelFormatException($"{ConfigName}: dtype '{other}' is not known here"),
            },
            HasTiedEmbeddings = (text.TryGetProperty("tie_word_embeddings", out var tied)
                || root.TryGetProperty("tie_word_embeddings", out tied)) && tied.ValueKind == JsonValueKind.True,
            Tensors = SafetensorsReader.ReadFolder(folder),
        };
    }

    /// <summary>Width of the widest block that one token computes; of experts, all that it uses.</summary>
    private static long ReadFeedForward(JsonElement text, int hidden)
    {
        long dense = Optional(text, "intermediate_size") ?? 4L * hidden;
        return Optional(text, "moe_intermediate_size") is { } expert && Optional(text, "num_experts_per_tok") is { } used
            ? Math.Max(dense, (long)expert * used) : dense;
    }

    private static IReadOnlyList<int?> ReadWindows(JsonElement text, int layers)
    {
        var window = Positive(text, "sliding_window", int.MaxValue);
        var chunk = Positive(text, "attention_chunk_size", int.MaxValue);
        if (text.TryGetProperty("layer_types", out var types) && types.ValueKind == JsonValueKind.Array)
        {
            if (types.GetArrayLength() < layers)
                throw new ModelFormatException($"{ConfigName}: layer_types has {types.GetArrayLength()} entries; it must have {layers}");
            return [.. types.EnumerateArray().Take(layers)
                .Select(type => type.ValueKind == JsonValueKind.String ? type.GetString() : "")
                .Select(type => type switch
                {
                    "full_attention" or "global_attention" => null,
                    "sliding_attention" when window is not null => window,
                    "chunked_attention" when chunk is not null => chunk,
                    _ => throw new ModelFormatException($"{ConfigName}: a layer is '{type}', whose cache is not known here"),
                })];
        }
        var isOff = text.TryGetProperty("use_sliding_window", out var use) && use.ValueKind == JsonValueKind.False;
        if (window is null || isOff || window >= (Optional(text, "max_position_embeddings") ?? int.MaxValue))
            return chunk is null ? new int?[layers]
                : throw new ModelFormatException($"{ConfigName} has chunks of attention but no layer_types");
        var period = Optional(text, "sliding_window_pattern") ?? Text(text, "model_type") switch
        {
            "gemma2" => Gemma2Period,
            "gemma3" or "gemma3_text" => Gemma3Period,
            _ => 0,
        };
        return [.. Enumerable.Range(0, layers).Select(layer => period > 0 && (layer + 1) % period == 0 ? null : window)];
    }

    private static bool IsUsed(JsonElement value) => value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False)
        && !(value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number == 0);

    private static int Required(JsonElement element, string name, int limit) => Positive(element, name, limit)
        ?? throw new ModelFormatException($"{ConfigName} has no whole number '{name}'");

    private static int? Positive(JsonElement element, string name, int limit) => Optional(element, name) switch
    {
        0 => throw new ModelFormatException($"{ConfigName}: {name} is 0"),
        { } value when value > limit => throw new ModelFormatException($"{ConfigName}: {name} is {value}; it must be at most {limit}"),
        var value => value,
    };

    private static int? Optional(JsonElement element, string name) =>
        !element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0 ? number
        : throw new ModelFormatException($"{ConfigName}: {name} is no whole number; such a model is not known here");

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
