using MemoryWall.Models.Gguf;

namespace MemoryWall.Models;

/// <summary>Reads a model's shape out of its metadata and, where they are known, its tensors.</summary>
public static class ShapeReader
{
    // More layers than any model has; a file that claims more is wrong, and one entry for each would be made.
    private const int MaxLayers = 4096;

    // How many layers of a kind follow each other where the metadata tells the window but not the pattern (llama-model.cpp):
    // of each group the last layer sees everything.
    private static readonly Dictionary<string, int> SlidingPattern = new(StringComparer.Ordinal)
    {
        ["gemma2"] = 2, ["gemma3"] = 6, ["gemma3n"] = 5, ["gpt-oss"] = 2, ["cohere2"] = 4, ["olmo2"] = 4, ["exaone4"] = 4, ["llama4"] = 4, ["phi3"] = 1,
    };

    /// <summary>The shape of the model in this GGUF file.</summary>
    /// <exception cref="GgufException">The metadata lacks what every shape needs.</exception>
    public static ModelShape Read(GgufHeader header) => Read(new ModelMetadata(header.Metadata), header.Tensors);

    /// <summary>The shape that the metadata tells.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="tensors">The tensors; empty where they are not known.</param>
    /// <exception cref="GgufException">The metadata lacks what every shape needs; the message names the key.</exception>
    public static ModelShape Read(ModelMetadata metadata, IReadOnlyList<GgufTensor> tensors)
    {
        var architecture = metadata.Text("general.architecture") ?? throw Missing("general.architecture", "a text");
        var layerCount = Required(metadata, $"{architecture}.block_count");
        if (layerCount > MaxLayers)
            throw new GgufException($"{architecture}.block_count: {layerCount} layers; at most {MaxLayers}");
        var experts = Positive(metadata.Number($"{architecture}.expert_count"));
        var usedExperts = Positive(metadata.Number($"{architecture}.expert_used_count"));
        return new ModelShape
        {
            Architecture = architecture,
            Name = metadata.Text("general.name"),
            EmbeddingLength = Required(metadata, $"{architecture}.embedding_length"),
            VocabularySize = metadata.Texts("tokenizer.ggml.tokens")?.Count ?? metadata.Number($"{architecture}.vocab_size") ?? VocabularyOf(tensors),
            TrainedContextTokens = Positive(metadata.Number($"{architecture}.context_length")),
            ParameterCount = tensors.Count > 0 ? tensors.Sum(tensor => tensor.ElementCount) : metadata.LongNumber("general.parameter_count"),
            WeightBytes = TensorBytes(tensors, _ => 1),
            TouchedWeightBytes = TensorBytes(tensors, tensor => TouchedShare(tensor, tensors, experts, usedExperts)),
            ExpertCount = experts,
            ExpertUsedCount = usedExperts,
            Layers = [.. Enumerable.Range(0, layerCount).Select(layer => Layer(metadata, architecture, layer))],
        };
    }

    private static LayerShape Layer(ModelMetadata metadata, string architecture, int layer)
    {
        var heads = At(metadata, $"{architecture}.attention.head_count", layer) ?? 0;
        var kvHeads = At(metadata, $"{architecture}.attention.head_count_kv", layer) ?? heads;
        if (metadata.Number($"{architecture}.ssm.inner_size") is { } inner && (kvHeads == 0 || heads == 0 || IsRecurrent(metadata, architecture, layer)))
            return new RecurrentLayer(
                metadata.Number($"{architecture}.ssm.conv_kernel") ?? 0, inner, metadata.Number($"{architecture}.ssm.state_size") ?? 0,
                metadata.Number($"{architecture}.ssm.group_count") ?? 0);
        if (Positive(metadata.Number($"{architecture}.attention.kv_lora_rank")) is { } rank)
            return new LatentAttentionLayer(heads, rank, metadata.Number($"{architecture}.rope.dimension_count") ?? 0);
        var width = heads > 0 ? Required(metadata, $"{architecture}.embedding_length") / heads : 0;
        return new AttentionLayer(
            heads, kvHeads, metadata.Number($"{architecture}.attention.key_length") ?? width, metadata.Number($"{architecture}.attention.value_length") ?? width,
            Window(metadata, architecture, layer));
    }

    // Hybrids that give every layer heads say which of them attend by an interval.
    private static bool IsRecurrent(ModelMetadata metadata, string architecture, int layer) =>
        Positive(metadata.Number($"{architecture}.full_attention_interval")) is { } interval && (layer + 1) % interval != 0;

    private static int? Window(ModelMetadata metadata, string architecture, int layer)
    {
        if (Positive(metadata.Number($"{architecture}.attention.sliding_window")) is not { } window)
            return null;
        var key = $"{architecture}.attention.sliding_window_pattern";
        if (metadata.Flags(key) is { } flags)
            return layer < flags.Count && flags[layer] ? window : null;
        var pattern = metadata.Number(key) ?? SlidingPattern.GetValueOrDefault(architecture, 0);
        return pattern switch
        {
            0 => null,
            1 => window,
            _ => layer % pattern < pattern - 1 ? window : null,
        };
    }

    private static long? TensorBytes(IReadOnlyList<GgufTensor> tensors, Func<GgufTensor, double> share)
    {
        if (tensors.Count == 0)
            return null;
        double sum = 0;
        foreach (var tensor in tensors)
        {
            if (tensor.Bytes is not { } bytes)
                return null;
            sum += bytes * share(tensor);
        }
        return (long)sum;
    }

    // Of the embedding one row is read for a token, unless it serves as the output too; of the experts only those that were chosen.
    private static double TouchedShare(GgufTensor tensor, IReadOnlyList<GgufTensor> tensors, int? experts, int? used) => tensor.Name switch
    {
        "token_embd.weight" => tensors.Any(other => other.Name == "output.weight") ? 1.0 / tensor.Dimensions[^1] : 1,
        var name when name.Contains("_exps.", StringComparison.Ordinal) && experts > 0 && used > 0 => Math.Min(1, (double)used.Value / experts.Value),
        _ => 1,
    };

    private static int? VocabularyOf(IReadOnlyList<GgufTensor> tensors) =>
        tensors.FirstOrDefault(tensor => tensor.Name == "token_embd.weight")?.Dimensions is { Count: 2 } dimensions && dimensions[1] <= int.MaxValue ? (int)dimensions[1] : null;

    private static int? At(ModelMetadata metadata, string key, int layer) => metadata.Numbers(key) switch
    {
        null or { Count: 0 } => null,
        { Count: 1 } one => one[0],
        var many => layer < many.Count ? many[layer] : many[^1],
    };

    private static int? Positive(int? value) => value > 0 ? value : null;

    private static int Required(ModelMetadata metadata, string key) =>
        Positive(metadata.Number(key)) ?? throw Missing(key, "a whole number above 0");

    private static GgufException Missing(string key, string what) => new($"metadata key '{key}' is missing or not {what}");
}
