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

    /// <summary>Bytes of llama.cpp's cell metadata: once for the layers that attend to the whole context, and once for sliding-window
    /// layers.</summary>
    public long CellTableBytes(IReadOnlyCollection<LayerShape> layers)
    {
        var cells = layers.Any(layer => layer is LatentAttentionLayer or AttentionLayer { SlidingWindow: null }) ? FullCells : 0;
        var windowed = layers.OfType<AttentionLayer>().Where(layer => layer.SlidingWindow is not null)
            .Select(layer => CellsPerStream(layer.SlidingWindow)).DefaultIfEmpty(0).Max();
        return checked(StreamCount * (cells + windowed) * CellTableEntryBytes);
    }

    /// <summary>
    /// Bytes that one layer stores. Attention: cells × (keys + values). Latent attention stores one compressed key and no value
    /// (llama.cpp#19067). Recurrent layers store one f32 state per sequence, independent of the context
    /// (<c>llama-memory-recurrent.cpp</c>). Without flash attention values are stored transposed, and the rows of every layer are as wide
    /// as the widest (<c>n_embd_v_gqa_max</c>). The indexer of sparse attention has a cache of its own (<c>llama-kv-cache-dsa.cpp</c>,
    /// <c>-msa.cpp</c>): one key, and a value where the layer has values.
    /// </summary>
    public long LayerBytes(LayerShape layer, long maxValueWidth) => checked(layer switch
    {
        AttentionLayer { SharesKv: true } => 0,
        AttentionLayer a => StreamCount * CellsPerStream(a.SlidingWindow) * (_settings.KeyType.Bytes((long)a.KvHeadCount * a.KeyLength)
            + _settings.KeyType.Bytes(a.IndexerLength)
            + _settings.ValueType.Bytes(_settings.FlashAttention ? ValueWidth(a) + (a.IndexerLength > 0 ? a.ValueLength : 0)
                : a.IndexerLength > 0 ? maxValueWidth + a.ValueLength : maxValueWidth)),
        LatentAttentionLayer l => StreamCount * FullCells
            * (_settings.KeyType.Bytes((long)l.LatentRank + l.RopeLength) + _settings.KeyType.Bytes(l.IndexerLength)),
        RecurrentLayer r => _settings.Sequences * StateBytes(r),
        StatelessLayer => 0,
        _ => throw new ArgumentException($"the memory of a layer is unknown for the kind {layer.GetType().Name}", nameof(layer)),
    });

    public static long ValueWidth(LayerShape layer) => layer is AttentionLayer a ? (long)a.KvHeadCount * a.ValueLength : 0;

    private static long StateBytes(RecurrentLayer r) => checked(4L * (
        (long)(r.ConvolutionKernel - 1) * (r.InnerSize + 2L * r.GroupCount * r.StateSize) + (long)r.StateSize * r.InnerSize));

    private static long Pad(long cells) => (cells + Padding - 1) / Padding * Padding;
}
