using MemoryWall.Core.Facts;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Models.Shapes;

/// <summary>
/// Reads a model's shape from its metadata, as llama.cpp would run it. Unknown architectures are read by the keys that all architectures
/// share.
/// </summary>
internal static class ModelShapeReader
{
    // llama.cpp's own limit is 512; a larger number means damaged or hostile metadata.
    public const int MaxLayers = 4096;

    // Width of the input of each layer where the file does not tell it (n_embd_altup).
    private const int Gemma3nPerLayerInput = 256;

    /// <summary>Reads the shape.</summary>
    /// <exception cref="ModelFormatException">
    /// A key that every model has is missing (<c>general.architecture</c>, <c>block_count</c>, <c>embedding_length</c>, and
    /// <c>attention.head_count</c> unless its layers are recurrent), a key has an invalid value, or a server withheld a required value.
    /// </exception>
    public static ModelShape Read(ModelMetadata metadata)
    {
        var architecture = metadata.Architecture;
        var layers = metadata.RequiredInteger($"{architecture}.block_count");
        if (layers is 0 or > MaxLayers)
            throw new ModelFormatException($"{architecture}.block_count is {layers}; it must be 1 to {MaxLayers}");
        var embedding = metadata.RequiredInteger($"{architecture}.embedding_length");
        var all = metadata.Tensors is { Count: > 0 } listed ? listed : null;
        var experts = HasDenseBlocksAlone(all) ? null : PositiveOrNull(metadata.Integer($"{architecture}.expert_count"));
        var expertsUsed = experts is null ? null : PositiveOrNull(metadata.Integer($"{architecture}.expert_used_count"));
        var runLayers = LayerReader.CountRunLayers(metadata, layers);
        var read = LayerReader.Read(metadata, layers, embedding);
        var tensors = all?.Where(tensor => ActiveWeights.LayerIndex(tensor.Name) < runLayers).ToList();
        return new ModelShape
        {
            Architecture = SafeText.ToSingleLine(architecture, SafeText.MaxNameLength),
            Name = metadata.Text("general.name") is { } name ? SafeText.ToSingleLine(name, SafeText.MaxNameLength) : null,
            EmbeddingLength = embedding,
            VocabularySize = VocabularySize(metadata, architecture),
            TrainedContextTokens = PositiveOrNull(metadata.Integer($"{architecture}.context_length")),
            ParameterCount = Sum(all, tensor => tensor.ElementCount)
                ?? (metadata.LongInteger("general.parameter_count") is > 0 and var stored ? stored : null),
            WeightBytes = Sum(tensors, tensor => tensor.Bytes),
            ActiveWeightBytes = tensors is null ? null : ActiveWeights.ComputeBytesPerToken(tensors, runLayers, expertsUsed,
                PositiveOrNull(metadata.Integer($"{architecture}.attention.value_expert_used_count"))),
            InputWeightBytes = TensorBytes(tensors, "token_embd.weight"),
            // Without its own matrix, the output uses the token embedding.
            OutputWeightBytes = TensorBytes(tensors, "token_embd.weight") is null ? null : TensorBytes(tensors, "output.weight") ?? 0,
            RepackCopyBytes = tensors is null ? null : WeightRepacking.ComputeCopyBytes(tensors),
            RepackedEmbeddingBytes = tensors is null ? 0 : WeightRepacking.ComputeEmbeddingBytes(tensors),
            // Qwen of the first generation counts gate and up in one number.
            FeedForwardLength = MaxPerLayer(metadata, $"{architecture}.feed_forward_length", layers) / (architecture == "qwen" ? 2 : 1),
            ExpertFeedForwardLength = experts is null ? null
                : (KnownArchitectures.HasWideExperts(architecture) ? MaxPerLayer(metadata, $"{architecture}.feed_forward_length", layers)
                    : null)
                    ?? MaxPerLayer(metadata, $"{architecture}.expert_feed_forward_length", layers)
                    ?? MaxPerLayer(metadata, $"{architecture}.feed_forward_length", layers),
            HasUnreadIndex = metadata.Integer($"{architecture}.attention.indexer.key_length") > 0 && !read.Layers.Any(HasIndexer),
            HasUnreadStreams = metadata.Integer($"{architecture}.hyper_connection.count") > 1
                && !KnownArchitectures.IsKnown(architecture),
            ResidualStreams = Math.Max(1, metadata.Integer($"{architecture}.hyper_connection.count") ?? 1),
            StreamMixRank = metadata.Integer($"{architecture}.hyper_connection.low_rank") ?? 0,
            CheckpointPeriod = architecture == "kimi-k3" ? metadata.Integer($"{architecture}.attn_res.block_size") ?? 0 : 0,
            Cycles = ReadCycles(metadata, layers),
            ExpertLatentLength = KnownArchitectures.ExpertLatentKey(architecture) is not { } latent ? null
                : PositiveOrNull(metadata.Integer($"{architecture}.{latent}")),
            ExpertPeriod = experts is null || !KnownArchitectures.InterleavesExperts(architecture) ? 1
                : Math.Max(1, metadata.Integer($"{architecture}.interleave_moe_layer_step") ?? 1),
            SharedExpertLength = experts is null ? null : ReadSharedExpertLength(metadata, tensors, layers),
            LeadingDenseLayers = experts is null ? null : ReadLeadingDenseLayers(metadata, tensors),
            ExpertCount = experts,
            ExpertUsedCount = expertsUsed,
            Layers = read.Layers,
            WidestValueLength = read.WidestValue,
            // Of Qwen 4 the key is the width of a part of the embeddings that one layer has.
            PerLayerInputLength = architecture == "qwen4exp" ? null
                : PositiveOrNull(metadata.Integer($"{architecture}.embedding_length_per_layer_input"))
                    ?? (architecture == "gemma3n" ? Gemma3nPerLayerInput : null),
            LayerWeights = tensors is null ? null : ActiveWeights.SumByLayer(tensors, layers),
            WeightTensors = tensors is null || tensors.Any(tensor => tensor.Bytes is null) ? null
                : [.. tensors.Select(tensor => new WeightTensor(tensor.Name, tensor.Bytes!.Value))],
            DraftLayers = read.DraftLayers,
            DraftWeightBytes = read.DraftLayers is null ? null
                : Sum(all?.Where(tensor => ActiveWeights.LayerIndex(tensor.Name) >= runLayers).ToList(), tensor => tensor.Bytes),
        };
    }

    private static int? VocabularySize(ModelMetadata metadata, string architecture) =>
        (metadata.IsWithheld("tokenizer.ggml.tokens") ? null : metadata.Texts("tokenizer.ggml.tokens")?.Length)
        ?? PositiveOrNull(metadata.Integer($"{architecture}.vocab_size"))
        ?? (metadata.Tensors?.FirstOrDefault(tensor => tensor.Name == "token_embd.weight")?.Dimensions is [_, > 0 and <= int.MaxValue
            and var rows] ? (int)rows : null);

    private static bool HasIndexer(LayerShape layer) =>
        layer is LatentAttentionLayer { IndexerLength: > 0 } or AttentionLayer { IndexerLength: > 0 }
            or LatentAttentionLayer { Index: not null } or AttentionLayer { Index: not null }
            or CompressedAttentionLayer { IndexerLength: > 0 };

    // A file may have keys of experts and none of them.
    private static bool HasDenseBlocksAlone(IReadOnlyList<ModelTensor>? tensors) => tensors is not null
        && tensors.Any(tensor => tensor.Name.EndsWith(".ffn_up.weight", StringComparison.Ordinal))
        && !tensors.Any(tensor => ActiveWeights.IsOfMixture(tensor.Name));

    private static StackCycles? ReadCycles(ModelMetadata metadata, int layers)
    {
        if (metadata.Architecture != "hrm_text")
            return null;
        int Positive(string name) => metadata.RequiredInteger($"hrm_text.hrm.{name}") is > 0 and var value ? value
            : throw new ModelFormatException($"hrm_text.hrm.{name} is 0; it must be 1 or more");
        var (stack, high, low) = (Positive("layers_per_stack"), Positive("h_cycles"), Positive("l_cycles"));
        // Each run of a stack has caches of its own.
        var needed = (Int128)stack * high * (low + (Int128)1);
        return needed == layers ? new StackCycles(stack, low) : throw new ModelFormatException(
            $"hrm_text.block_count is {layers}; it must be {needed}: {high} high cycles, each of {low} low ones, of {stack} layers");
    }

    // The tensors say it where a file lists them; a key may be there for layers that are not.
    private static int? ReadLeadingDenseLayers(ModelMetadata metadata, List<ModelTensor>? tensors)
    {
        if (tensors is null)
            return PositiveOrNull(metadata.Integer($"{metadata.Architecture}.leading_dense_block_count"));
        var first = tensors.Where(tensor => tensor.Name.Contains(".ffn_gate_inp.", StringComparison.Ordinal))
            .Select(tensor => ActiveWeights.LayerIndex(tensor.Name)).DefaultIfEmpty(0).Min();
        return PositiveOrNull(first);
    }

    private static int? ReadSharedExpertLength(ModelMetadata metadata, List<ModelTensor>? tensors, int layers)
    {
        if (tensors is not null)
        {
            // Granite with windows has the gate in the same matrix.
            return tensors.FirstOrDefault(tensor => tensor.Name.EndsWith(".ffn_up_shexp.weight", StringComparison.Ordinal))
                ?.Dimensions is [_, > 0 and <= int.MaxValue and var width, ..]
                ? (int)width / (metadata.Architecture == "granite_swa" ? 2 : 1) : null;
        }

        var prefix = metadata.Architecture;
        return MaxPerLayer(metadata, $"{prefix}.expert_shared_feed_forward_length", layers)
            ?? (PositiveOrNull(metadata.Integer($"{prefix}.expert_shared_count")) is { } count
                && MaxPerLayer(metadata, $"{prefix}.expert_feed_forward_length", layers) is { } one
                ? (int)Math.Min(int.MaxValue, (long)count * one) : null);
    }

    private static long? TensorBytes(IReadOnlyList<ModelTensor>? tensors, string name) =>
        tensors?.FirstOrDefault(tensor => tensor.Name == name)?.Bytes;

    private static int? MaxPerLayer(ModelMetadata metadata, string key, int layers) =>
        metadata.IsWithheld(key) ? null : PositiveOrNull(metadata.IntegerPerLayer(key, layers)?.Max());

    private static int? PositiveOrNull(int? value) => value > 0 ? value : null;

    private static long? Sum(IReadOnlyList<ModelTensor>? tensors, Func<ModelTensor, long?> of)
    {
        if (tensors is null)
            return null;
        var sum = 0L;
        foreach (var tensor in tensors)
        {
            if (of(tensor) is not { } value || value > long.MaxValue - sum)
                return null;
            sum += value;
        }

        return sum;
    }
}
