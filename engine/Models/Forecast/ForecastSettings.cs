using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Models.Graphs;

namespace MemoryWall.Models.Forecast;

/// <summary>Settings that affect memory, apart from the model and the context. The defaults are those of llama.cpp.</summary>
internal sealed record ForecastSettings
{
    // Memory of the embedded server's process apart from weights, KV cache and compute buffers: the .NET runtime, the tables of the
    // vocabulary (llama.cpp's and its own), and llama.cpp's graph. Measured between requests on models of 2,048 to 128,256 vocabulary
    // entries and 2 to 30 layers, within 2 MiB.
    private const long EmbeddedBaseBytes = 31L << 19;
    private const long VocabularyEntryBytes = 345;
    private const long LayerBytes = 205L << 10;

    /// <summary>Element type of the keys.</summary>
    public KvCacheType KeyType { get; init; } = KvCacheType.F16;

    /// <summary>Element type of the values; quantised ones need flash attention.</summary>
    public KvCacheType ValueType { get; init; } = KvCacheType.F16;

    /// <summary>Whether flash attention is used; without it all scores of a micro-batch are in memory at once.</summary>
    public bool FlashAttention { get; init; } = true;

    /// <summary>Prompt tokens in one call (<c>n_batch</c>), 1 or more.</summary>
    public int BatchTokens { get; init; } = 2048;

    /// <summary>Tokens computed at once (<c>n_ubatch</c>), 1 or more; never more than <see cref="BatchTokens"/> or the context.</summary>
    public int MicroBatchTokens { get; init; } = 512;

    /// <summary>
    /// Maximum number of tokens of a micro-batch whose logits are stored (<c>n_outputs_max</c>); null for all, llama.cpp's default. With a
    /// large vocabulary the logits are the largest part of the compute buffer.
    /// </summary>
    public int? OutputTokens { get; init; }

    /// <summary>Sequences at once (<c>n_seq_max</c>, parallel slots), 1 to 256.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>Whether all sequences share one KV cache; otherwise each has its own part of the context.</summary>
    public bool UnifiedCache { get; init; }

    /// <summary>Whether sliding-window layers store the whole context (<c>swa_full</c>).</summary>
    public bool FullSlidingWindow { get; init; }

    /// <summary>Layers in accelerator memory (<c>n_gpu_layers</c>), 0 or more: first the output matrix, then the last layers.</summary>
    public int GpuLayers { get; init; }

    /// <summary>
    /// Whether the CPU backend makes repacked copies of mapped weights (<c>use_extra_bufts</c> with mmap; x86 with AVX2). They are reported
    /// and reserved, but under memory pressure the mapped originals can be evicted, so <see cref="ForecastRow.ResidentBytes"/> does not
    /// count both.
    /// </summary>
    public bool Repack { get; init; }

    /// <summary>Whether each range of mapped tensors is mapped apart, so that repacked originals between them do not count; older builds
    /// map from the first needed tensor to the last.</summary>
    public bool MapsRangesApart { get; init; }

    /// <summary>
    /// Memory of the embedded server for a request in progress, in bytes per prompt token: the text, its parsed JSON and the token ids,
    /// twice where a buffer grew. It is freed after the response. Measured (<c>Benchmarks evidence</c>).
    /// </summary>
    public const int RequestBytesPerToken = 140;

    /// <summary>Whether weights are mapped from their file, so that the system can evict and reload them; false where they are loaded or
    /// locked.</summary>
    public bool MappedWeights { get; init; } = true;

    /// <summary>Bytes of the process apart from the model: code, runtime, buffers of the server. 0 or more.</summary>
    public long OtherBytes { get; init; }

    /// <summary>Bytes of the process apart from the model, per token of the context. 0 or more.</summary>
    public int BytesPerToken { get; init; }

    /// <summary>
    /// Settings from a run's target options. Flash attention <c>auto</c> counts as on, because llama.cpp enables it where the backend
    /// supports it. A given batch size is also the micro-batch size: the servers with this option (embedded, Ollama) set <c>n_ubatch</c>
    /// too.
    /// </summary>
    /// <param name="options">Settings of the target.</param>
    /// <exception cref="FormatException">The KV type is unknown.</exception>
    public static ForecastSettings FromOptions(TargetOptions options)
    {
        var settings = new ForecastSettings();
        var type = options.KvType is { } name ? KvCacheType.Parse(name) : KvCacheType.F16;
        return settings with
        {
            KeyType = type,
            ValueType = type,
            FlashAttention = !string.Equals(options.FlashAttention, "off", StringComparison.OrdinalIgnoreCase),
            BatchTokens = options.BatchTokens ?? settings.BatchTokens,
            MicroBatchTokens = options.BatchTokens ?? settings.MicroBatchTokens,
            GpuLayers = options.GpuLayers ?? 0,
            MappedWeights = options.LoadMode is null or "mmap",
        };
    }

    /// <summary>The KV type of a stored run where this version does not know it; null where it does. Nothing is forecast for such a
    /// run.</summary>
    internal string? UnknownKvType { get; init; }

    /// <summary>As <see cref="FromOptions"/>, for a stored run, whose KV type may be one that this version does not know.</summary>
    internal static ForecastSettings FromStored(TargetOptions options) =>
        options.KvType is { } name && !KvCacheType.TryParse(name, out _)
            ? FromOptions(options with { KvType = null }) with { UnknownKvType = name }
            : FromOptions(options);

    /// <summary>As <see cref="ForEmbedded"/>, for a stored run.</summary>
    internal static ForecastSettings ForStoredEmbedded(TargetOptions options, ModelShape shape) =>
        FromStored(options).UnknownKvType is { } unknown
            ? ForEmbedded(options with { KvType = null }, shape) with { UnknownKvType = unknown }
            : ForEmbedded(options, shape);

    /// <summary>
    /// Settings of the embedded server, otherwise as <see cref="FromOptions"/>. Its micro-batch equals its batch, 512 tokens by default,
    /// and its process needs additional memory, mainly for the vocabulary: 28 MiB with 32,768 entries, 60 MiB with 128,256 (measured).
    /// </summary>
    /// <param name="options">Settings of the target.</param>
    /// <param name="shape">The model.</param>
    /// <exception cref="FormatException">The KV type is unknown.</exception>
    public static ForecastSettings ForEmbedded(TargetOptions options, ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var batch = options.EmbeddedBatchTokens;
        var entries = shape.VocabularySize ?? 0;
        var other = EmbeddedBaseBytes + VocabularyEntryBytes * entries + LayerBytes * shape.Layers.Count;
        return FromOptions(options) with { BatchTokens = batch, MicroBatchTokens = batch, Repack = true, OtherBytes = other };
    }

    /// <summary>How graphs take vectors (of images) beside tokens; each build has its way.</summary>
    public VectorInput Vectors { get; init; } = VectorInput.InPlaceOfTokens;

    /// <summary>Tokens that the model's own prediction layers draft (<c>--spec-draft-n-max</c>); 0 where no context for drafts is made.
    /// Recurrent states then exist once more for each of these tokens, to go back to.</summary>
    public int DraftTokens { get; init; }

    /// <summary>A smaller model that drafts (<c>--spec-draft-model</c>, <c>-md</c>), in a context of the same size and slots; null where
    /// the model drafts with its own layers, or nothing is drafted.</summary>
    public ModelShape? DraftModel { get; init; }

    /// <summary>Element type of the keys of what drafts (<c>--cache-type-k-draft</c>).</summary>
    public KvCacheType DraftKeyType { get; init; } = KvCacheType.F16;

    /// <summary>Element type of the values of what drafts (<c>--cache-type-v-draft</c>).</summary>
    public KvCacheType DraftValueType { get; init; } = KvCacheType.F16;

    /// <summary>The settings of the context that drafts. A server places a draft model on its accelerators where it has any.</summary>
    internal ForecastSettings ForDrafts() => this with
    {
        KeyType = DraftKeyType,
        ValueType = DraftValueType,
        DraftTokens = 0,
        DraftModel = null,
        // It drafts one token after the other, in each slot.
        OutputTokens = OutputTokens is null ? null : Sequences,
        GpuLayers = GpuLayers > 0 ? int.MaxValue : 0,
        CpuExpertLayers = 0,
        TensorOverrides = [],
        OtherBytes = 0,
        BytesPerToken = 0,
        ProjectorBytes = 0,
    };

    /// <summary>Whether the KV cache stays in RAM where layers are offloaded (<c>--no-kv-offload</c>).</summary>
    public bool KvOnHost { get; init; }

    /// <summary>Number of first layers whose experts stay in RAM (<c>--n-cpu-moe</c>); 0 for none.</summary>
    public int CpuExpertLayers { get; init; }

    /// <summary>Shares of the accelerators (<c>--tensor-split</c>), each above 0; empty for one accelerator.</summary>
    public IReadOnlyList<double> TensorSplit { get; init; } = [];

    /// <summary>Whether each matrix is split by rows over the accelerators (<c>--split-mode row</c>). KV cache and buffers are those of the
    /// accelerator that has the layer, as without it: so <c>llama_kv_cache</c> and <c>dev_layer</c> have it, although the help of
    /// <c>--main-gpu</c> says that one accelerator has them all.</summary>
    public bool SplitRows { get; init; }

    /// <summary>Whether one accelerator alone is used (<c>--split-mode none</c>).</summary>
    public bool SingleAccelerator { get; init; }

    /// <summary>The accelerator that is used alone, from 0 (<c>--main-gpu</c>).</summary>
    public int MainAccelerator { get; init; }

    /// <summary>Rules that move single tensors (<c>--override-tensor</c>); the first that matches a tensor holds.</summary>
    public IReadOnlyList<TensorOverride> TensorOverrides { get; init; } = [];

    /// <summary>Bytes of the weights of a multimodal projector (<c>--mmproj</c>). 0 or more.</summary>
    public long ProjectorBytes { get; init; }

    internal int EffectiveMicroBatch(long contextTokens) => (int)Math.Min(contextTokens, Math.Min(BatchTokens, MicroBatchTokens));
}
