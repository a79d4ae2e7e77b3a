using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// The cells of the KV cache for one context. llama.cpp pads the context to 256 cells and divides it among the sequences unless they share
/// one cache (<c>llama-context.cpp</c>). Sliding-window layers store only their window and one micro-batch
/// (<c>llama-kv-cache-iswa.cpp</c>).
/// </summary>
internal sealed class KvCacheLayout
{
    private const int Padding = 256;
    private const int F32 = 4;

    // llama.cpp's metadata of a cell (llama-kv-cells.h): position 4 bytes, its extension 8, shift 4, and the set of up to 256 sequences 32.
    // A used cell also has a node of 48 bytes (including the allocator's 8) in a std::set of used cells, and one in a std::map of the
    // positions of its sequence.
    private const int CellTableEntryBytes = 48 + 2 * 48;
    private readonly ForecastSettings _settings;

    public KvCacheLayout(ForecastSettings settings, int contextTokens)
    {
        _settings = settings;
        ContextTokens = contextTokens;
        MicroBatchTokens = settings.EffectiveMicroBatch(contextTokens);
        StreamCount = settings.UnifiedCache ? 1 : settings.Sequences;
        FullCells = Pad(Pad(contextTokens) / StreamCount);
    }

    /// <summary>The context window in tokens.</summary>
    public int ContextTokens { get; }

    /// <summary>Tokens computed at once.</summary>
    public int MicroBatchTokens { get; }

    /// <summary>Number of separate caches.</summary>
    public int StreamCount { get; }

    /// <summary>Cells of one stream in a layer that attends to the whole context.</summary>
    public long FullCells { get; }

    /// <summary>Cells of one stream in a layer with this window; null for a layer that attends to the whole context.</summary>
    public long CellsPerStream(int? window) =>
        window is not { } tokens || _settings.FullSlidingWindow
            ? FullCells
            : Pad(Math.Min(FullCells, (long)tokens * (_settings.UnifiedCache ? _settings.Sequences : 1) + MicroBatchTokens));

    /// <summary>Cells of one sequence for the last tokens of a layer that compresses earlier ones. Each sequence has caches of its own,
    /// also where slots share one.</summary>
    public long CellsPerSequence(CompressedAttentionLayer layer) =>
        _settings.FullSlidingWindow ? FullCells : Pad(Math.Min(FullCells, (long)layer.SlidingWindow + MicroBatchTokens));

    /// <summary>Cells of one sequence for compressed tokens; 0 for a layer without them.</summary>
    public long CompressedCells(CompressedAttentionLayer layer) =>
        layer.Ratio == 0 ? 0 : Pad((FullCells + layer.Ratio - 1) / layer.Ratio);

    /// <summary>Bytes of llama.cpp's cell metadata: once for the layers that attend to the whole context, and once for sliding-window
    /// layers.</summary>
    public long CellTableBytes(IReadOnlyCollection<LayerShape> layers)
    {
        var cells = layers.Any(AttendsToAll) ? FullCells : 0;
        var windowed = layers.Where(layer => layer is not CompressedAttentionLayer && layer.Window is not null)
            .Select(layer => CellsPerStream(layer.Window)).DefaultIfEmpty(0).Max();
        // Layers of one ratio share a cache.
        var compressed = layers.OfType<CompressedAttentionLayer>().ToList();
        var own = compressed.Select(CellsPerSequence).DefaultIfEmpty(0).Max()
            + compressed.DistinctBy(layer => layer.Ratio).Sum(layer => CompressedCells(layer) * (layer.IndexerLength > 0 ? 2 : 1));
        return checked((StreamCount * (cells + windowed) + _settings.Sequences * own) * CellTableEntryBytes);
    }

    /// <summary>
    /// Bytes that one layer stores of tokens. Attention: cells × (keys + values). Latent attention stores one compressed key and no value
    /// (llama.cpp#19067). Without flash attention values are stored transposed, and the rows of every layer are as wide as the widest
    /// (<c>n_embd_v_gqa_max</c>). The indexer of sparse attention has a cache of its own (<c>llama-kv-cache-dsa.cpp</c>,
    /// <c>-msa.cpp</c>): one key, and a value where the layer has values. An index over groups of tokens
    /// (<c>llama-memory-hybrid-idx.cpp</c>) has no values. DeepSeek-V4 (<c>llama-kv-cache-dsv4.cpp</c>) has for each sequence a cache of
    /// the window, one of the compressed keys, and one of their index.
    /// </summary>
    public long LayerBytes(LayerShape layer, long maxValueWidth) => checked(layer switch
    {
        AttentionLayer { SharesKv: true } => 0,
        AttentionLayer a => StreamCount * CellsPerStream(a.SlidingWindow) * (_settings.KeyType.Bytes((long)a.KvHeadCount * a.KeyLength)
            + _settings.KeyType.Bytes(a.IndexerLength) + IndexBytes(a.Index)
            + _settings.ValueType.Bytes(_settings.FlashAttention ? ValueWidth(a) + (a.IndexerLength > 0 ? a.ValueLength : 0)
                : a.IndexerLength > 0 ? maxValueWidth + a.ValueLength : maxValueWidth)),
        LatentAttentionLayer l => StreamCount * CellsPerStream(l.SlidingWindow)
            * (_settings.KeyType.Bytes((long)l.LatentRank + l.RopeLength) + _settings.KeyType.Bytes(l.IndexerLength) + IndexBytes(l.Index)),
        CompressedAttentionLayer c => _settings.Sequences * (CellsPerSequence(c) * _settings.KeyType.Bytes(c.KeyLength)
            + CompressedCells(c) * (_settings.KeyType.Bytes(c.KeyLength) + _settings.KeyType.Bytes(c.IndexerLength))),
        RecurrentLayer or StatelessLayer => 0,
        _ => throw new ArgumentException($"the memory of a layer is unknown for the kind {layer.GetType().Name}", nameof(layer)),
    });

    /// <summary>Bytes of the states that one layer keeps of all sequences, independent of the context: one f32 state of a recurrent layer
    /// (<c>llama-memory-recurrent.cpp</c>), and the tokens of a layer that are not compressed yet, each with its score.</summary>
    public long StateBytes(LayerShape layer) => checked(_settings.Sequences * layer switch
    {
        RecurrentLayer r => F32 * ((long)(r.ConvolutionKernel - 1) * (r.InnerSize + 2L * r.GroupCount * r.StateSize)
            + (long)r.StateSize * r.InnerSize + r.EmbeddingHistory),
        CompressedAttentionLayer { HasOverlap: true } c => F32 * 2 * (2L * c.Ratio) * 2 * ((long)c.KeyLength + c.IndexerLength),
        CompressedAttentionLayer c => F32 * 2 * (long)c.Ratio * c.KeyLength,
        _ => 0L,
    });

    /// <summary>Whether a layer attends to the whole context, and has a cache for it.</summary>
    public static bool AttendsToAll(LayerShape layer) => layer is LatentAttentionLayer or AttentionLayer && layer.Window is null;

    public static long ValueWidth(LayerShape layer) => layer is AttentionLayer a ? (long)a.KvHeadCount * a.ValueLength : 0;

    private long IndexBytes(PooledIndex? index) => index is null ? 0 : _settings.KeyType.Bytes((long)index.Length * index.RowsPerToken);

    private static long Pad(long cells) => (cells + Padding - 1) / Padding * Padding;
}
