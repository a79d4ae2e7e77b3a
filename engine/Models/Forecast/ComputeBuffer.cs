using MemoryWall.Core.Facts;
using MemoryWall.Models.Graphs;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// The size of the compute buffer: the memory in which the intermediate tensors of a micro-batch are computed. It is found as llama.cpp
/// finds it: the model's graph is described tensor by tensor (<see cref="ModelGraph"/>), and its allocator is followed
/// (<see cref="GraphAllocator"/>). What is computed once is kept for other placements of the same model.
/// </summary>
internal sealed class ComputeBuffer
{
    private const int F32 = 4;
    private const int F16 = 2;
    private readonly ModelShape _shape;
    private readonly ForecastSettings _settings;
    private readonly ModelGraph _graph;
    private readonly IReadOnlyList<LayerShape> _kinds;
    private readonly long _widestValue;
    private readonly bool _isForDrafts;
    private readonly Dictionary<(long Cells, int MicroBatchTokens, long Outputs, Part Part), long> _known = [];

    /// <summary>Which part of the graph.</summary>
    private enum Part
    {
        Whole,
        OnAccelerator,
        LayersOnAccelerator,
    }

    /// <param name="shape">The model.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="isForDrafts">Whether the model's layers only draft.</param>
    public ComputeBuffer(ModelShape shape, ForecastSettings settings, bool isForDrafts = false)
    {
        (_shape, _settings, _isForDrafts) = (shape, settings, isForDrafts);
        _graph = new ModelGraph(shape, ArchitectureTraits.Of(shape));
        _kinds = [.. shape.Layers.Distinct()];
        _widestValue = Math.Max(shape.WidestValueLength ?? 0, _kinds.Max(KvCacheLayout.ValueWidth));
    }

    /// <summary>Bytes that llama.cpp allocates; null where the vocabulary's size is unknown.</summary>
    public long? ReservedBytes(KvCacheLayout layout) => Reserve(layout, ReservedOutputs(layout), Part.Whole);

    /// <summary>
    /// Bytes that become resident: of the logits only those of one token per sequence, from which the next token is sampled. Without flash
    /// attention the CPU backend needs an f16 copy of the scores to multiply them with f16 values (its work buffer).
    /// </summary>
    public long? TouchedBytes(KvCacheLayout layout)
    {
        var work = _settings.FlashAttention ? 0 : _kinds.Max(layer => AttentionScoreBytes(layout, layer)) / F32 * F16;
        return checked(work + Reserve(layout, _settings.Sequences, Part.Whole));
    }

    /// <summary>Bytes on an accelerator that has layers and the output matrix; null where the vocabulary's size is unknown.</summary>
    public long? AcceleratorBytes(KvCacheLayout layout) => Reserve(layout, ReservedOutputs(layout), Part.OnAccelerator);

    /// <summary>Bytes on an accelerator that has layers alone.</summary>
    public long AcceleratorLayersBytes(KvCacheLayout layout) =>
        Reserve(layout, _settings.Sequences, Part.LayersOnAccelerator)!.Value;

    /// <summary>Bytes in RAM where all layers are on accelerators: what they are given.</summary>
    public long InputBytes(KvCacheLayout layout) =>
        checked(AttentionMaskBytes(layout)
            + F32 * Tokens(layout) * _shape.EmbeddingLength * (_settings.Vectors == VectorInput.None ? 1 : 2));

    private long AttentionMaskBytes(KvCacheLayout layout)
    {
        var cells = 0L;
        if (_kinds.Any(KvCacheLayout.AttendsToAll))
            cells += layout.FullCells;
        cells += _kinds.Where(layer => layer is not CompressedAttentionLayer && layer.Window is not null)
            .Select(layer => layout.CellsPerStream(layer.Window)).DefaultIfEmpty().Max();
        var compressed = _kinds.OfType<CompressedAttentionLayer>().ToList();
        cells += compressed.Select(layout.CellsPerSequence).DefaultIfEmpty().Max()
            + compressed.DistinctBy(layer => layer.Ratio).Sum(layout.CompressedCells);
        return checked(cells * Tokens(layout) * (_settings.FlashAttention ? F16 : F32));
    }

    private long ReservedOutputs(KvCacheLayout layout) => Math.Min(layout.MicroBatchTokens,
        Math.Max(_settings.Sequences, _settings.OutputTokens ?? layout.MicroBatchTokens));

    // A micro-batch has the same number of tokens for each sequence.
    private long Tokens(KvCacheLayout layout) =>
        checked((layout.MicroBatchTokens + _settings.Sequences - 1L) / _settings.Sequences * _settings.Sequences);

    private long? Reserve(KvCacheLayout layout, long outputs, Part part)
    {
        if (_shape.VocabularySize is null && part != Part.LayersOnAccelerator)
            return null;
        // Contexts that are padded to the same cells have the same buffer.
        var key = (layout.FullCells, layout.MicroBatchTokens, outputs, part);
        if (!_known.TryGetValue(key, out var bytes))
            _known[key] = bytes = _graph.ReserveBytes(CreateBatch(layout, outputs, part));
        return bytes;
    }

    private GraphBatch CreateBatch(KvCacheLayout layout, long outputs, Part part) => new()
    {
        Tokens = Tokens(layout),
        Outputs = outputs,
        Sequences = _settings.Sequences,
        Streams = layout.StreamCount,
        Cells = layout.CellsPerStream,
        OwnCells = layout.CellsPerSequence,
        CompressedCells = layout.CompressedCells,
        ContextCells = layout.FullCells,
        KeyBytes = _settings.KeyType.Bytes,
        FlashAttention = _settings.FlashAttention,
        QuantizedKeys = _settings.KeyType.IsQuantised,
        QuantizedValues = _settings.ValueType.IsQuantised,
        WidestValue = _widestValue,
        Vectors = part != Part.Whole ? VectorInput.None
            : _settings.Vectors == VectorInput.AmongTokens && !KnownArchitectures.TakesMixedBatches(_shape.Architecture)
                ? VectorInput.InPlaceOfTokens : _settings.Vectors,
        IsOnAccelerator = part != Part.Whole,
        HasLogits = part != Part.LayersOnAccelerator,
        IsForDrafts = _isForDrafts,
        KeptStates = _settings is { DraftTokens: > 0, DraftModel: null } && KnownArchitectures.KeepsStatesForDrafts(_shape.Architecture)
            ? 1 + _settings.DraftTokens : 1,
    };

    private static long AttentionScoreBytes(KvCacheLayout layout, LayerShape layer) => checked(layer switch
    {
        AttentionLayer a => F32 * (long)layout.MicroBatchTokens * a.HeadCount * layout.CellsPerStream(a.SlidingWindow),
        LatentAttentionLayer l => F32 * (long)layout.MicroBatchTokens * l.HeadCount * layout.CellsPerStream(l.SlidingWindow),
        CompressedAttentionLayer c => F32 * (long)layout.MicroBatchTokens * c.HeadCount
            * (layout.CellsPerSequence(c) + layout.CompressedCells(c)),
        _ => 0,
    });
}
