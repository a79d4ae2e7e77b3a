using System.Text.Json.Serialization;

namespace MemoryWall.Core.Facts;

/// <summary>
/// The layers and sizes of a model, which determine its memory and its compute cost. They are
/// read from a GGUF header or from a server's description of it.
/// </summary>
public sealed record ModelShape
{
    /// <summary>The architecture's name as GGUF has it, for example <c>llama</c>, <c>qwen3</c>, <c>deepseek2</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>The model's name; absent where the source has none.</summary>
    public string? Name { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int EmbeddingLength { get; init; }

    /// <summary>Entries in the vocabulary; absent where the source does not report it.</summary>
    public int? VocabularySize { get; init; }

    /// <summary>Context the model was trained for, in tokens; absent where the source does not report it.</summary>
    public int? TrainedContextTokens { get; init; }

    /// <summary>Number of parameters; absent where the source does not report it.</summary>
    public long? ParameterCount { get; init; }

    /// <summary>Sum of the tensors' bytes; absent where the source does not report it.</summary>
    public long? WeightBytes { get; init; }

    /// <summary>Bytes of weights read for one generated token: less than <see cref="WeightBytes"/> for a mixture of experts. Absent where
    /// unknown.</summary>
    [JsonPropertyName("touched_weight_bytes")]
    public long? ActiveWeightBytes { get; init; }

    /// <summary>The part of <see cref="WeightBytes"/> in the token embedding, which stays in RAM even where layers are offloaded. Absent
    /// where unknown.</summary>
    public long? InputWeightBytes { get; init; }

    /// <summary>The part of <see cref="WeightBytes"/> in the output matrix: 0 where the token embedding serves as output matrix. Absent
    /// where unknown.</summary>
    public long? OutputWeightBytes { get; init; }

    /// <summary>
    /// Bytes that llama.cpp's CPU backend allocates in addition to <see cref="WeightBytes"/> where it repacks mapped weights for the
    /// processor. Absent where unknown.
    /// </summary>
    public long? RepackCopyBytes { get; init; }

    /// <summary>Bytes of the token embedding that the CPU backend repacks a second time as output matrix; 0 where it does not.</summary>
    [JsonIgnore]
    internal long RepackedEmbeddingBytes { get; init; }

    /// <summary>Width of a dense feed-forward block; the widest where layers differ. Absent where there is none or the source does not
    /// report it.</summary>
    public int? FeedForwardLength { get; init; }

    /// <summary>Width of one expert's feed-forward block; absent in dense models or where the source does not report it.</summary>
    public int? ExpertFeedForwardLength { get; init; }

    /// <summary>Experts in each mixture-of-experts layer; absent in dense models.</summary>
    public int? ExpertCount { get; init; }

    /// <summary>Experts used for each token; absent in dense models.</summary>
    public int? ExpertUsedCount { get; init; }

    /// <summary>
    /// What each layer stores per token or per sequence, in llama.cpp's order. A layer has one entry; a layer with both attention and a
    /// state space (<c>falcon-h1</c>) has two.
    /// </summary>
    public required IReadOnlyList<LayerShape> Layers { get; init; }

    /// <summary>Number of <see cref="Layers"/>, also of a shape that has each kind of them once.</summary>
    [JsonIgnore]
    internal int LayerCount { get => field > 0 ? field : Layers.Count; init; }

    /// <summary>Width of the values of the widest layer, also where that layer stores none; absent where it is the widest that is
    /// stored.</summary>
    public int? WidestValueLength { get; init; }

    /// <summary>Whether the source describes an index of sparse attention that <see cref="Layers"/> do not have, because the rules of the
    /// architecture are not known.</summary>
    [JsonIgnore]
    internal bool HasUnreadIndex { get; init; }

    /// <summary>Whether the source describes several residual streams (hyper-connections), whose memory is not known.</summary>
    [JsonIgnore]
    internal bool HasUnreadStreams { get; init; }

    /// <summary>Residual streams beside each other (hyper-connections); 1 in ordinary models.</summary>
    [JsonIgnore]
    internal int ResidualStreams { get; init; } = 1;

    /// <summary>Rank of the matrices that mix the residual streams; 0 where they have none or the source does not report it.</summary>
    [JsonIgnore]
    internal int StreamMixRank { get; init; }

    /// <summary>Number of layers after which the residual stream is kept as a checkpoint that all later layers read (Kimi K3); 0 where
    /// none is kept.</summary>
    [JsonIgnore]
    internal int CheckpointPeriod { get; init; }

    /// <summary>How often two stacks of layers run in turn over the same tokens (HRM-Text); null for a model that runs its layers
    /// once.</summary>
    [JsonIgnore]
    internal StackCycles? Cycles { get; init; }

    /// <summary>Of so many layers that follow each other the last has experts, the others have a dense block; 1 where all have
    /// experts.</summary>
    [JsonIgnore]
    internal int ExpertPeriod { get; init; } = 1;

    /// <summary>Width of what experts read and write; absent where it is the embedding length.</summary>
    [JsonIgnore]
    internal int? ExpertLatentLength { get; init; }

    /// <summary>Width of the experts that every token uses; absent where there are none or the source does not report it.</summary>
    [JsonIgnore]
    internal int? SharedExpertLength { get; init; }

    /// <summary>Number of first layers of a mixture of experts that have a dense feed-forward block; absent where there are none or the
    /// source does not report it.</summary>
    [JsonIgnore]
    internal int? LeadingDenseLayers { get; init; }

    /// <summary>Width of the additional input that every layer gets for each token (Gemma 3n and 4); absent where there is none.</summary>
    public int? PerLayerInputLength { get; init; }

    /// <summary>Layers that only predict further tokens (multi-token prediction). They run where a server drafts with them, in a context of
    /// their own; absent where there are none.</summary>
    public IReadOnlyList<LayerShape>? DraftLayers { get; init; }

    /// <summary>Bytes of the weights of each layer, in order; absent where the source does not report them.</summary>
    [JsonIgnore]
    internal IReadOnlyList<LayerWeights>? LayerWeights { get; init; }

    /// <summary>The tensors that a server loads, by llama.cpp's names, in the order of the file; absent where the source does not report
    /// all of them.</summary>
    [JsonIgnore]
    internal IReadOnlyList<WeightTensor>? WeightTensors { get; init; }

    /// <summary>Bytes of the weights of <see cref="DraftLayers"/>, which are not part of <see cref="WeightBytes"/>, because a server loads
    /// them only to draft. Absent where there are none or the source does not report them.</summary>
    public long? DraftWeightBytes { get; init; }
}

/// <summary>Two stacks of layers over the same tokens: the low one runs several times, then the high one once, and all of that again.
/// </summary>
/// <param name="StackLayers">Layers of a stack, 1 or more.</param>
/// <param name="LowRuns">Runs of the low stack before each of the high one, 1 or more.</param>
internal sealed record StackCycles(int StackLayers, int LowRuns);

/// <summary>The weights of one layer.</summary>
/// <param name="Bytes">All of them.</param>
/// <param name="ExpertBytes">The part in experts, which a server can keep in RAM (<c>--n-cpu-moe</c>).</param>
internal readonly record struct LayerWeights(long Bytes, long ExpertBytes);

/// <summary>One tensor of the weights.</summary>
/// <param name="Name">Its name, for example <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Bytes">Its size in bytes.</param>
internal readonly record struct WeightTensor(string Name, long Bytes);

/// <summary>What one layer stores for the tokens that it has processed.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(AttentionLayer), "attention")]
[JsonDerivedType(typeof(LatentAttentionLayer), "latent_attention")]
[JsonDerivedType(typeof(CompressedAttentionLayer), "compressed_attention")]
[JsonDerivedType(typeof(RecurrentLayer), "recurrent")]
[JsonDerivedType(typeof(StatelessLayer), "stateless")]
public abstract record LayerShape
{
    /// <summary>Tokens that the layer attends to; null where it attends to the whole context or does not attend.</summary>
    [JsonIgnore]
    internal virtual int? Window => null;

    /// <summary>Whether the layer keeps a state of each sequence, which cannot go back to an earlier token.</summary>
    [JsonIgnore]
    internal virtual bool HasState => false;
}

/// <summary>Attention with keys and values for each token (MHA, GQA, MQA).</summary>
/// <param name="HeadCount">Query heads.</param>
/// <param name="KvHeadCount">
/// Key/value heads whose keys and values the layer stores; 0 for a layer that shares those of an earlier layer, and for pruned
/// attention, of which llama.cpp still allocates padding.
/// </param>
/// <param name="KeyLength">Width of one key.</param>
/// <param name="ValueLength">Width of one value.</param>
/// <param name="SlidingWindow">Tokens that the layer attends to; null for the whole context.</param>
internal sealed record AttentionLayer(int HeadCount, int KvHeadCount, int KeyLength, int ValueLength, int? SlidingWindow = null)
    : LayerShape
{
    internal override int? Window => SlidingWindow;

    /// <summary>Whether the layer reads the keys and values of an earlier layer and has no cache.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SharesKv { get; init; }

    /// <summary>Width of the key that the indexer of sparse attention stores in addition, with a value of one head; 0 for no
    /// indexer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int IndexerLength { get; init; }

    /// <summary>The index over groups of tokens, in place of one over tokens with a value each; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PooledIndex? Index { get; init; }

    /// <summary>The experts that make the values of a token; null where one matrix makes them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ValueExperts? ValueExperts { get; init; }
}

/// <summary>Experts that make the values of attention (K2 Horizon).</summary>
/// <param name="Count">Experts, 1 or more.</param>
/// <param name="UsedPerToken">Experts whose values are added up for a token, 1 or more.</param>
internal sealed record ValueExperts(int Count, int UsedPerToken);

/// <summary>The index of sparse attention over groups of tokens: it stores for each token what its group's key is made of, and for each
/// group that key.</summary>
/// <param name="Length">Width of a key.</param>
/// <param name="RowsPerToken">What a token stores, in keys.</param>
/// <param name="PoolTokens">Tokens of a group; 0 where each token has a key of its own.</param>
/// <param name="HeadCount">Query heads.</param>
/// <param name="ChosenTokens">Tokens that are chosen (<c>indexer.top_k</c>).</param>
internal sealed record PooledIndex(int Length, int RowsPerToken, int PoolTokens, int HeadCount, int ChosenTokens);

/// <summary>Multi-head latent attention (DeepSeek): one compressed key per token and no value.</summary>
/// <param name="HeadCount">Query heads.</param>
/// <param name="LatentRank">Width of the compressed key (<c>kv_lora_rank</c>).</param>
/// <param name="RopeLength">Width of the rotary part that is stored with it.</param>
internal sealed record LatentAttentionLayer(int HeadCount, int LatentRank, int RopeLength) : LayerShape
{
    /// <summary>Tokens that the layer attends to; null for the whole context.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SlidingWindow { get; init; }

    internal override int? Window => SlidingWindow;

    /// <summary>The index over groups of tokens, in place of one over tokens; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PooledIndex? Index { get; init; }

    /// <summary>Width of the key that the indexer of sparse attention stores in addition (DeepSeek-V3.2); 0 for no indexer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int IndexerLength { get; init; }

    /// <summary>Query heads of the indexer; 0 where the source does not report them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int IndexerHeads { get; init; }

    /// <summary>Tokens that the indexer chooses (<c>indexer.top_k</c>); 0 where the source does not report them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int IndexerCount { get; init; }

    /// <summary>Width of one query before it is mapped into the latent space; 0 where the source does not report it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int QueryLength { get; init; }

    /// <summary>Width of one value after it is mapped back; 0 where the source does not report it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int ValueLength { get; init; }

    /// <summary>Width of the compressed queries (<c>q_lora_rank</c>); 0 where they are not compressed or the source does not report
    /// it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int QueryRank { get; init; }
}

/// <summary>Attention over the last tokens and over compressed earlier ones (DeepSeek-V4). One key of a token is its value too. Each
/// sequence has caches of its own, also where slots share one.</summary>
/// <param name="HeadCount">Query heads.</param>
/// <param name="KeyLength">Width of one key.</param>
/// <param name="SlidingWindow">Last tokens that the layer attends to.</param>
/// <param name="Ratio">Tokens that are compressed to one key; 0 where the layer attends to the window only.</param>
internal sealed record CompressedAttentionLayer(int HeadCount, int KeyLength, int SlidingWindow, int Ratio) : LayerShape
{
    internal override int? Window => SlidingWindow;

    internal override bool HasState => Ratio > 0;

    /// <summary>Width of the indexer's key, stored for each compressed one; 0 for no indexer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int IndexerLength { get; init; }

    /// <summary>Query heads of the indexer; 0 for no indexer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int IndexerHeads { get; init; }

    /// <summary>Compressed keys that the indexer chooses (<c>indexer.top_k</c>); 0 for no indexer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int IndexerCount { get; init; }

    /// <summary>Width of the compressed queries (<c>q_lora_rank</c>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int QueryRank { get; init; }

    /// <summary>Width of the compressed output of all groups of heads; 0 where the source does not report it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int OutputRank { get; init; }

    /// <summary>Whether a compressed key is made of two groups of tokens, its own and the one before.</summary>
    [JsonIgnore]
    public bool HasOverlap => Ratio == OverlappingRatio;

    // Layers that compress four tokens overlap, those that compress 128 do not.
    private const int OverlappingRatio = 4;
}

/// <summary>A state-space layer, whose memory does not grow with the context.</summary>
/// <param name="ConvolutionKernel">Width of its convolution (<c>d_conv</c>).</param>
/// <param name="InnerSize">Inner width (<c>d_inner</c>).</param>
/// <param name="StateSize">State for each inner channel (<c>d_state</c>).</param>
/// <param name="GroupCount">Groups (<c>n_group</c>).</param>
internal sealed record RecurrentLayer(int ConvolutionKernel, int InnerSize, int StateSize, int GroupCount) : LayerShape
{
    internal override bool HasState => true;

    /// <summary>Heads, or the rank of the time step (<c>time_step_rank</c>); 0 where the source does not report them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int HeadCount { get; init; }

    /// <summary>Numbers that the layer keeps for a convolution over embeddings of its own (Qwen 4); 0 for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int EmbeddingHistory { get; init; }
}

/// <summary>A layer that stores nothing: feed-forward only, or one that runs only to draft.</summary>
internal sealed record StatelessLayer : LayerShape;
