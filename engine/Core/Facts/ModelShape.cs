using System.Text.Json.Serialization;

namespace MemoryWall.Core.Facts;

/// <summary>
/// What decides the memory and the cost of a model: its layers and its sizes, whatever the values of its weights.
/// Read from a GGUF header or from a server's description of it.
/// </summary>
public sealed record ModelShape
{
    /// <summary>The architecture's name as GGUF has it, for example <c>llama</c>, <c>qwen3</c>, <c>deepseek2</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>The model's own name; absent where the source has none.</summary>
    public string? Name { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int EmbeddingLength { get; init; }

    /// <summary>Entries in the vocabulary; absent where the source does not tell.</summary>
    public int? VocabularySize { get; init; }

    /// <summary>Context the model was trained for, in tokens; absent where the source does not tell.</summary>
    public int? TrainedContextTokens { get; init; }

    /// <summary>All parameters; absent where the source does not tell.</summary>
    public long? ParameterCount { get; init; }

    /// <summary>Sum of the tensors' bytes; absent where the source does not tell.</summary>
    public long? WeightBytes { get; init; }

    /// <summary>Bytes of weights read for one generated token: less than <see cref="WeightBytes"/> for a mixture of experts. Absent where
    /// unknown.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("touched_weight_bytes")]
    public long? ActiveWeightBytes { get; init; }

    /// <summary>Of <see cref="WeightBytes"/>, the token embedding, which stays in RAM wherever the layers lie. Absent where
    /// unknown.</summary>
    public long? InputWeightBytes { get; init; }

    /// <summary>Of <see cref="WeightBytes"/>, the output matrix: 0 where it is the token embedding used twice. Absent where
    /// unknown.</summary>
    public long? OutputWeightBytes { get; init; }

    /// <summary>
    /// Bytes that llama.cpp's CPU backend takes beside <see cref="WeightBytes"/> where it repacks mapped weights for the processor.
    /// Absent where unknown.
    /// </summary>
    public long? RepackCopyBytes { get; init; }

    /// <summary>Width of a dense feed-forward block; the widest where layers differ. Absent where there is none or the source does not
    /// tell.</summary>
    public int? FeedForwardLength { get; init; }

    /// <summary>Width of one expert's feed-forward block; absent in dense models or where the source does not tell.</summary>
    public int? ExpertFeedForwardLength { get; init; }

    /// <summary>Experts in each mixture-of-experts layer; absent in dense models.</summary>
    public int? ExpertCount { get; init; }

    /// <summary>Experts used for each token; absent in dense models.</summary>
    public int? ExpertUsedCount { get; init; }

    /// <summary>
    /// What the layers keep, in order, as llama.cpp runs them. One entry a layer, except that a layer with a state space beside its
    /// attention (<c>falcon-h1</c>) gives two.
    /// </summary>
    public required IReadOnlyList<LayerShape> Layers { get; init; }
}

/// <summary>What one layer keeps for the tokens that it has seen.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(AttentionLayer), "attention")]
[JsonDerivedType(typeof(LatentAttentionLayer), "latent_attention")]
[JsonDerivedType(typeof(RecurrentLayer), "recurrent")]
public abstract record LayerShape;

/// <summary>Attention with keys and values for each token (MHA, GQA, MQA).</summary>
/// <param name="HeadCount">Query heads.</param>
/// <param name="KvHeadCount">
/// Key/value heads whose keys and values the layer keeps; 0 where it keeps none: it reads an earlier layer's, or is a feed-forward layer
/// alone.
/// </param>
/// <param name="KeyLength">Width of one key.</param>
/// <param name="ValueLength">Width of one value.</param>
/// <param name="SlidingWindow">Tokens that the layer looks back on; null where it sees the whole context.</param>
internal sealed record AttentionLayer(int HeadCount, int KvHeadCount, int KeyLength, int ValueLength, int? SlidingWindow = null)
    : LayerShape;

/// <summary>Multi-head latent attention (DeepSeek): one compressed key for each token and no value.</summary>
/// <param name="HeadCount">Query heads.</param>
/// <param name="LatentRank">Width of the compressed key (<c>kv_lora_rank</c>).</param>
/// <param name="RopeLength">Width of the rotary part kept beside it.</param>
internal sealed record LatentAttentionLayer(int HeadCount, int LatentRank, int RopeLength) : LayerShape;

/// <summary>A state-space layer: constant in context.</summary>
/// <param name="ConvolutionKernel">Width of its convolution (<c>d_conv</c>).</param>
/// <param name="InnerSize">Inner width (<c>d_inner</c>).</param>
/// <param name="StateSize">State for each inner channel (<c>d_state</c>).</param>
/// <param name="GroupCount">Groups (<c>n_group</c>).</param>
internal sealed record RecurrentLayer(int ConvolutionKernel, int InnerSize, int StateSize, int GroupCount) : LayerShape;
