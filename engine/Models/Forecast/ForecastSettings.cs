using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;

namespace MemoryWall.Models.Forecast;

/// <summary>What decides memory beside the model and the context. The defaults are llama.cpp's.</summary>
internal sealed record ForecastSettings
{
    // What the embedded server's process holds beside weights, cache and compute buffers, measured between requests on models of 2,048 to
    // 128,256 vocabulary entries and 2 to 30 layers, within 2 MiB: its runtime, the tables of the vocabulary (llama.cpp's and its own), and
    // llama.cpp's graph.
    private const long EmbeddedBaseBytes = 31L << 19;
    private const long VocabularyEntryBytes = 345;
    private const long LayerBytes = 205L << 10;

    /// <summary>Element type of the keys.</summary>
    public KvCacheType KeyType { get; init; } = KvCacheType.F16;

    /// <summary>Element type of the values; quantised ones need flash attention.</summary>
    public KvCacheType ValueType { get; init; } = KvCacheType.F16;

    /// <summary>Whether attention is computed in tiles; without it every score of a micro-batch is kept at once.</summary>
    public bool FlashAttention { get; init; } = true;

    /// <summary>Prompt tokens handed over in one call (<c>n_batch</c>), 1 or more.</summary>
    public int BatchTokens { get; init; } = 2048;

    /// <summary>Tokens computed at once (<c>n_ubatch</c>), 1 or more; never more than <see cref="BatchTokens"/> or the context.</summary>
    public int MicroBatchTokens { get; init; } = 512;

    /// <summary>
    /// The most tokens of a micro-batch whose logits are kept (<c>n_outputs_max</c>); null for all of them, llama.cpp's default.
    /// A large vocabulary makes this the largest part of the compute buffer.
    /// </summary>
    public int? OutputTokens { get; init; }

    /// <summary>Sequences at once (<c>n_seq_max</c>, parallel slots), 1 to 256.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>Whether all sequences share one cache; else each has its own part of the context.</summary>
    public bool UnifiedCache { get; init; }

    /// <summary>Whether sliding-window layers keep the whole context all the same (<c>swa_full</c>).</summary>
    public bool FullSlidingWindow { get; init; }

    /// <summary>Layers in accelerator memory (<c>n_gpu_layers</c>), 0 or more: the output matrix is the first of them, then the last
    /// layers.</summary>
    public int GpuLayers { get; init; }

    /// <summary>
    /// Whether the CPU backend keeps repacked copies beside mapped weights (<c>use_extra_bufts</c> with mmap; x86 with AVX2). They are
    /// reported and reserved, but under pressure the mapped originals cost nothing to drop, so <see cref="ForecastRow.ResidentBytes"/> does
    /// not count them twice.
    /// </summary>
    public bool Repack { get; init; }

    /// <summary>
    /// What the embedded server holds of a request while it works on it, bytes for each token of its prompt: text, its place in the
    /// document, the number, twice where a buffer grew. Given back when the answer is done. Measured (<c>Benchmarks evidence</c>).
    /// </summary>
    public const int RequestBytesPerToken = 140;

    /// <summary>Whether weights are mapped from their file, so that the system can drop them and read them again; false where they are
    /// loaded or locked.</summary>
    public bool MappedWeights { get; init; } = true;

    /// <summary>What the process needs beside the model: code, runtime, buffers of the server. 0 or more.</summary>
    public long OtherBytes { get; init; }

    /// <summary>What the process touches beside the model for each token of the context. 0 or more.</summary>
    public int BytesPerToken { get; init; }

    /// <summary>
    /// The settings that a run asks of its target. Flash attention <c>auto</c> counts as on, as llama.cpp resolves it where its backend
    /// can. A batch that is asked for is computed at once: the servers that can be told one (embedded, Ollama) set <c>n_ubatch</c> to it
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

    /// <summary>
    /// As <see cref="FromOptions"/>, for the embedded server: it computes a batch in one piece, 512 tokens unless told otherwise, and its
    /// process needs memory of its own, much of it for the vocabulary: 28 MiB with 32,768 entries, 60 MiB with 128,256 (measured).
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

    internal int EffectiveMicroBatch(long contextTokens) => (int)Math.Min(contextTokens, Math.Min(BatchTokens, MicroBatchTokens));
}
