using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// Cells of the KV cache for one context: llama.cpp pads the context to 256 cells and shares it out among sequences unless they share one
/// cache (<c>llama-context.cpp</c>); sliding-window layers keep only their window and one micro-batch (<c>llama-kv-cache-iswa.cpp</c>).
/// </summary>
internal sealed class KvCacheLayout
{
    private const int Padding = 256;

    // What llama.cpp notes of each cell (llama-kv-cells.h): position 4, its extension 8, shift 4 and the set of up to 256 sequences 32
    // bytes; and a cell in use takes a node of 48 bytes, the allocator's own 8 included, in a std::set of cells in use and one in a
    // std::map of its sequence's positions.
    private const int CellTableEntryBytes = 48 + 2 * 48;
    private readonly ForecastSettings _settings;

    public KvCacheLayout(ForecastSettings settings, int contextTokens)
    {
        _settings = settings;
        MicroBatchTokens = settings.EffectiveMicroBatch(contextTokens);
        StreamCount = settings.UnifiedCache ? 1 : settings.Sequences;
        FullCells = Pad(Pad(contextTokens) / StreamCount);
    }

    /// <summary>Tokens computed at once.</summary>
    public int MicroBatchTokens { get; }

    /// <summary>Caches side by side.</summary>
    public int StreamCount { get; }

    /// <summary>Cells of one stream in a layer that sees the whole context.</summary>
    public long FullCells { get; }

    /// <summary>Cells of one stream in a layer with this window; null for a layer that sees the whole context.</summary>
    public long CellsPerStream(int? window) =>
        window is not { } tokens || _settings.FullSlidingWindow
            ? FullCells
            : Pad(Math.Min(FullCells, (long)tokens * (_settings.UnifiedCache ? _settings.Sequences : 1) + MicroBatchTokens));

    /// <summary>Bytes in which llama.cpp notes who holds which cell: for the layers that see the whole context, and once more for those
    /// with a window.</summary>
    public long CellTableBytes(IReadOnlyCollection<LayerShape> layers)
    {
        var cells = layers.Any(layer => layer is LatentAttentionLayer or AttentionLayer { SlidingWindow: null }) ? FullCells : 0;
        var windowed = layers.OfType<AttentionLayer>().Where(layer => layer.SlidingWindow is not null)
            .Select(layer => CellsPerStream(layer.SlidingWindow)).DefaultIfEmpty(0).Max();
        return checked(StreamCount * (cells + windowed) * CellTableEntryBytes);
    }

    /// <summary>
    /// Bytes that one layer keeps. Attention: cells × (keys + values); latent attention keeps one compressed key and no value
    /// (llama.cpp#19067); recurrent layers keep f32 states, one for each sequence, whatever the context
    /// (<c>llama-memory-recurrent.cpp</c>). Without flash attention values lie transposed and every layer's row is as wide as the widest
    /// (<c>n_embd_v_gqa_max</c>).
    /// </summary>
    public long LayerBytes(LayerShape layer, long maxValueWidth) => checked(layer switch
    {
        AttentionLayer a => StreamCount * CellsPerStream(a.SlidingWindow) * (_settings.KeyType.Bytes((long)a.KvHeadCount * a.KeyLength)
            + _settings.ValueType.Bytes(_settings.FlashAttention ? ValueWidth(a) : maxValueWidth)),
        LatentAttentionLayer l => StreamCount * FullCells * _settings.KeyType.Bytes((long)l.LatentRank + l.RopeLength),
        RecurrentLayer r => _settings.Sequences * StateBytes(r),
        _ => throw new ArgumentException($"no memory is known for a layer of kind {layer.GetType().Name}", nameof(layer)),
    });

    public static long ValueWidth(LayerShape layer) => layer is AttentionLayer a ? (long)a.KvHeadCount * a.ValueLength : 0;

    private static long StateBytes(RecurrentLayer r) => checked(4L * (
        (long)(r.ConvolutionKernel - 1) * (r.InnerSize + 2L * r.GroupCount * r.StateSize) + (long)r.StateSize * r.InnerSize));

    private static long Pad(long cells) => (cells + Padding - 1) / Padding * Padding;
}
