
namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Keys or values of one layer: one row for each cell, in the context's memory or in the spill file.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="StreamIndex">The layer's index among the streamed layers; -1 for rows that stay in memory.</param>
/// <param name="SlotOffset">Offset of its rows in a slot.</param>
internal sealed unsafe record KvRows(SurveyedTensor Tensor, int StreamIndex, long SlotOffset)
{
    public long RowBytes => (long)Tensor.Tensor->Strides[1];

    public long Cells => Tensor.Tensor->Dimensions[1];

    /// <summary>Bytes in a slot and in the file, in whole pages.</summary>
    public long PaddedBytes => PageBuffer.RoundUp(RowBytes * Cells);

    public nint Memory => Tensor.Tensor->Data;

    /// <summary>The newest rows, which are not in the file yet; null for rows that stay in memory.</summary>
    public KvWriteBuffer? WriteBuffer { get; } = StreamIndex < 0 ? null : new KvWriteBuffer();
}

/// <summary>
/// The KV cache. Some layers stay in the context's memory. The others are in a file and pass through a ring; the rows that a batch adds are
/// written back to the file.
/// </summary>
internal sealed unsafe class KvTier : IDisposable
{
    private readonly Dictionary<nint, KvRows> _streamed = [];
    private readonly KvRows[][] _streamedLayers;
    private readonly int[] _validRows;
    private readonly (int First, int End)[] _computedRanges;
    private readonly Queue<int> _submittedRows = [];
    private readonly DirectFile? _file;
    private readonly ReadAheadQueue? _reads;
    private readonly LayerRing? _ring;
    private int _current = -1;

    private int _batchStart;
    private int _batchEnd;

    /// <param name="layers">Keys and values of each layer.</param>
    /// <param name="plan">Which parts of each layer are streamed.</param>
    /// <param name="file">The spill file of <see cref="SpillBytes"/>; null where nothing is streamed.</param>
    public KvTier(IReadOnlyList<IReadOnlyList<SurveyedTensor>> layers, StreamPlan plan, DirectFile? file)
    {
        _file = file;
        Rows = [.. layers.SelectMany(
            (tensors, layer) => MapToSlot(tensors, plan.StreamedLayers.ToList().IndexOf(layer), plan.StreamedParts[layer]))];
        _streamedLayers = [
            .. Enumerable.Range(0, plan.StreamedLayers.Count).Select(stream => Rows.Where(rows => rows.StreamIndex == stream).ToArray())];
        _validRows = new int[_streamedLayers.Length];
        _computedRanges = new (int, int)[_streamedLayers.Length];
        SlotBytes = ComputeSlotBytes(layers, plan);
        foreach (var rows in _streamedLayers.SelectMany(rows => rows))
            _streamed[(nint)rows.Tensor.Tensor] = rows;
        if (_streamedLayers.Length == 0)
            return;
        _reads = new ReadAheadQueue(file!);
        _ring = new LayerRing("KV ring", new RingSize(_streamedLayers.Length, plan.Slots, SlotBytes),
            new RingTransfers(SubmitReads, WaitForReads, WriteBack) { WaitForMost = WaitForMost });
    }

    /// <summary>A KV cache of which all layers stay in the context's memory.</summary>
    public static KvTier InMemory(IReadOnlyList<IReadOnlyList<SurveyedTensor>> layers) =>
        new(layers, new StreamPlan([.. layers.Select(_ => 0)], 0, 0, 0, 0), null);

    /// <summary>All rows by layer, the larger tensor of a layer first.</summary>
    public IReadOnlyList<KvRows> Rows { get; }

    public bool IsLocked => _ring?.IsLocked != false;

    private long SlotBytes { get; }

    /// <summary>Size of the spill file for the streamed layers.</summary>
    public static long SpillBytes(IReadOnlyList<IReadOnlyList<SurveyedTensor>> layers, StreamPlan plan) =>
        ComputeSlotBytes(layers, plan) * plan.StreamedLayers.Count;

    /// <summary>Prepares for a batch whose first token goes into the cell <paramref name="first"/>.</summary>
    public void BeginBatch(int first, int count)
    {
        // The data read ahead includes the rows of the previous batch. After a skipped prefill it has too few rows.
        if (first > _batchEnd)
            ReplaceContents(first);
        (_batchStart, _batchEnd) = (first, first + count);
        _validRows.AsSpan().Fill(first);
    }

    /// <summary>Changes the contents of the cells; afterwards the first <paramref name="validRows"/> cells are valid.</summary>
    public void ReplaceContents(int validRows, Action? change = null)
    {
        void Apply()
        {
            if (change is not null)
                foreach (var rows in _streamed.Values)
                    rows.WriteBuffer!.Clear();
            change?.Invoke();
            _validRows.AsSpan().Fill(validRows);
            _batchEnd = validRows;
        }

        if (_ring is null)
            Apply();
        else
            _ring.Invalidate(Apply);
    }

    /// <summary>Waits until all computed rows are written back.</summary>
    public void Flush() => _ring?.Flush();

    /// <summary>Points a view into the slot of its layer; waits until the layer is in the slot.</summary>
    public void MapToSlot(GgmlTensor* view, GgmlTensor* root)
    {
        if (view == root || !_streamed.TryGetValue((nint)root, out var rows))
            return;
        _current = rows.StreamIndex;
        view->Data = _ring!.Acquire(rows.StreamIndex) + (nint)(rows.SlotOffset + (long)view->ViewOffset);
    }

    /// <summary>Checks that a node writes exactly the rows that will be written back.</summary>
    /// <exception cref="TierException">The node writes other rows.</exception>
    public void CheckWrittenRows(GgmlTensor* node, GgmlTensor* root)
    {
        const int Int64Type = 27;
        if (!_streamed.ContainsKey((nint)root)
            || GgmlTensor.Source(node, 1) is var indexes && (indexes == null || indexes->Type != Int64Type || indexes->Data == 0))
            return;
        var written = new ReadOnlySpan<long>((void*)indexes->Data, (int)indexes->Dimensions[0]);
        if (written.Length != _batchEnd - _batchStart || written[0] != _batchStart || written[^1] != _batchEnd - 1)
            throw new TierException(TierProblem.UnsupportedModel,
                $"llama.cpp writes the KV cells {written[0]} to {written[^1]} instead of {_batchStart} to {_batchEnd - 1}");
    }

    /// <summary>The current layer is computed.</summary>
    public void ReleaseLayer()
    {
        if (_current < 0)
            return;
        // The range is stored for the layer, because the next batch may start before these rows are written back.
        _computedRanges[_current] = (_batchStart, _batchEnd);
        _current = -1;
        _ring!.Release();
    }

    /// <summary>Copies cells to memory. What follows them in their last page is cleared, so that equal cells give equal copies.</summary>
    public void ReadCells(KvPiece piece, nint memory)
    {
        ReadRows(piece.Rows, piece.At, memory, piece.Bytes);
        new Span<byte>((void*)(memory + (nint)piece.UsedBytes), (int)(piece.Bytes - piece.UsedBytes)).Clear();
    }

    /// <summary>The address where cells can be read into by direct I/O; null where they are on storage, or not in whole pages of
    /// memory.</summary>
    public static nint? FindPages(KvPiece piece)
    {
        var address = piece.Rows.Memory + (nint)piece.At;
        return piece.Rows.StreamIndex < 0 && address % PageBuffer.PageSize == 0
            && piece.At + piece.Bytes <= piece.Rows.RowBytes * piece.Rows.Cells ? address : null;
    }

    /// <summary>Copies part of a layer's rows to memory, in whole pages.</summary>
    private void ReadRows(KvRows rows, long offset, nint memory, long bytes)
    {
        if (rows.StreamIndex >= 0)
        {
            _file!.Read(FileOffset(rows) + offset, memory, bytes, bytes);
            rows.WriteBuffer!.Overlay(memory, offset, bytes);
        }
        else
        {
            Buffer.MemoryCopy((void*)(rows.Memory + (nint)offset), (void*)memory, bytes,
                Math.Min(bytes, rows.RowBytes * rows.Cells - offset));
        }
    }

    /// <summary>Replaces part of a layer's rows, in whole pages. Call it only within <see cref="ReplaceContents"/>.</summary>
    public void WriteRows(KvRows rows, long offset, nint memory, long bytes)
    {
        var own = Math.Min(bytes, rows.RowBytes * rows.Cells - offset);
        if (rows.StreamIndex >= 0)
            _file!.Write(FileOffset(rows) + offset, memory, bytes);
        else
            Buffer.MemoryCopy((void*)memory, (void*)(rows.Memory + (nint)offset), own, own);
    }

    public void Dispose()
    {
        _ring?.Dispose();
        _reads?.Dispose();
        foreach (var rows in _streamed.Values)
            rows.WriteBuffer!.Dispose();
    }

    private static long ComputeSlotBytes(IReadOnlyList<IReadOnlyList<SurveyedTensor>> layers, StreamPlan plan) =>
        plan.StreamedLayers.Select(
            layer => layers[layer].Take(plan.StreamedParts[layer]).Sum(tensor => new KvRows(tensor, -1, 0).PaddedBytes)).DefaultIfEmpty(0)
            .Max();

    private static IEnumerable<KvRows> MapToSlot(IReadOnlyList<SurveyedTensor> tensors, int stream, int streamed)
    {
        long at = 0;
        for (var i = 0; i < tensors.Count; i++)
        {
            var rows = new KvRows(tensors[i], i < streamed ? stream : -1, at);
            at += rows.StreamIndex < 0 ? 0 : rows.PaddedBytes;
            yield return rows;
        }
    }

    private long FileOffset(KvRows rows) => rows.StreamIndex * SlotBytes + rows.SlotOffset;

    private static long ComputeReadBytes(KvRows rows, int cells) => PageBuffer.RoundUp(rows.RowBytes * cells);

    private void SubmitReads(int layer, nint slot)
    {
        var cells = _validRows[layer];
        _submittedRows.Enqueue(cells);
        foreach (var rows in _streamedLayers[layer])
            if (ComputeReadBytes(rows, cells) is > 0 and var bytes)
                _reads!.Enqueue(FileOffset(rows), slot + (nint)rows.SlotOffset, bytes, bytes);
    }

    private void WaitForMost(int layer, nint slot) => _reads!.WaitForMost(CountReads(layer, _submittedRows.Peek()));

    private void WaitForReads(int layer, nint slot)
    {
        var cells = _submittedRows.Dequeue();
        _reads!.Wait(CountReads(layer, cells));
        foreach (var rows in _streamedLayers[layer])
            rows.WriteBuffer!.Overlay(slot + (nint)rows.SlotOffset, 0, ComputeReadBytes(rows, cells));
    }

    // The reads as they were submitted: the number of valid rows may have changed since.
    private int CountReads(int layer, int cells) => _streamedLayers[layer].Count(rows => ComputeReadBytes(rows, cells) > 0);

    private void WriteBack(int layer, nint slot)
    {
        var (first, last) = _computedRanges[layer];
        foreach (var rows in _streamedLayers[layer])
        {
            var (begin, end) = rows.WriteBuffer!.Add(slot + (nint)rows.SlotOffset, rows.RowBytes * first, rows.RowBytes * last);
            _file!.Write(FileOffset(rows) + begin, slot + (nint)(rows.SlotOffset + begin), end - begin);
        }
        _validRows[layer] = last;
    }
}
