using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Keys or values of one layer: rows of cells, in memory of the context or in the spill file.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Stream">The layer's place among those streamed; -1 for rows that stay in memory.</param>
/// <param name="At">Where its rows begin in a slot.</param>
internal sealed unsafe record KvRows(SurveyedTensor Tensor, int Stream, long At)
{
    public long RowBytes => (long)Tensor.Tensor->Strides[1];

    public long Cells => Tensor.Tensor->Extents[1];

    /// <summary>Room in a slot and in the file.</summary>
    public long Room => Pages.Up(RowBytes * Cells);

    public nint Memory => Tensor.Tensor->Data;

    /// <summary>The newest rows, which the file does not hold yet; null for rows that stay in memory.</summary>
    public KvTail? Tail { get; } = Stream < 0 ? null : new KvTail();
}

/// <summary>
/// The KV cache: some layers stay in the context's memory, the others lie in a file and pass through a ring, from which the rows that a batch
/// added are carried back.
/// </summary>
internal sealed unsafe class KvTier : IDisposable
{
    private readonly Dictionary<nint, KvRows> _streamed = [];
    private readonly KvRows[][] _layers;
    private readonly int[] _ends;
    private readonly (int First, int End)[] _computed;
    private readonly Queue<int> _asked = [];
    private readonly DirectFile? _file;
    private readonly ReadQueue? _reads;
    private readonly LayerRing? _ring;
    private int _current = -1;
    private int _first;
    private int _end;

    /// <param name="layers">Keys and values of each layer.</param>
    /// <param name="plan">What of each layer is streamed.</param>
    /// <param name="file">The spill file, with room for <see cref="SpillBytes"/>; null where nothing is streamed.</param>
    public KvTier(IReadOnlyList<IReadOnlyList<SurveyedTensor>> layers, StreamPlan plan, DirectFile? file)
    {
        _file = file;
        Rows = [.. layers.SelectMany((tensors, layer) => Place(tensors, plan.Layers.ToList().IndexOf(layer), plan.Parts[layer]))];
        _layers = [.. Enumerable.Range(0, plan.Layers.Count).Select(stream => Rows.Where(rows => rows.Stream == stream).ToArray())];
        _ends = new int[_layers.Length];
        _computed = new (int, int)[_layers.Length];
        SlotBytes = SlotBytesOf(layers, plan);
        foreach (var rows in _layers.SelectMany(rows => rows))
            _streamed[(nint)rows.Tensor.Tensor] = rows;
        if (_layers.Length == 0)
            return;
        _reads = new ReadQueue(file!);
        _ring = new LayerRing("KV ring", _layers.Length, plan.Slots, SlotBytes, Ask, Fill, CarryBack);
    }

    /// <summary>All rows, by layer, the larger first.</summary>
    public IReadOnlyList<KvRows> Rows { get; }

    public bool IsLocked => _ring?.IsLocked != false;

    private long SlotBytes { get; }

    /// <summary>The file's room for the layers that are streamed.</summary>
    public static long SpillBytes(IReadOnlyList<IReadOnlyList<SurveyedTensor>> layers, StreamPlan plan) => SlotBytesOf(layers, plan) * plan.Layers.Count;

    /// <summary>A batch is about to be computed whose first token takes this cell.</summary>
    public void Begin(int first, int count)
    {
        // What was read ahead holds the rows of the batch before; where cells were taken by another way it holds too few.
        if (first > _end)
            Changed(first);
        (_first, _end) = (first, first + count);
        _ends.AsSpan().Fill(first);
    }

    /// <summary>The cells' contents were changed, the first <paramref name="rows"/> of them hold something.</summary>
    public void Changed(int rows, Action? change = null)
    {
        void Apply()
        {
            if (change is not null)
                foreach (var rows in _streamed.Values)
                    rows.Tail!.Forget();
            change?.Invoke();
            _ends.AsSpan().Fill(rows);
            _end = rows;
        }

        if (_ring is null)
            Apply();
        else
            _ring.Refill(Apply);
    }

    /// <summary>Waits until all that was computed is out of the ring.</summary>
    public void Settle() => _ring?.Settle();

    /// <summary>Points a view into the slot of its layer, for which it may wait.</summary>
    public void Place(GgmlTensor* view, GgmlTensor* root)
    {
        if (view == root || !_streamed.TryGetValue((nint)root, out var rows))
            return;
        _current = rows.Stream;
        view->Data = _ring!.Acquire(rows.Stream) + (nint)(rows.At + (long)view->ViewOffset);
    }

    /// <summary>Checks that a node which writes rows writes those that will be carried back.</summary>
    /// <exception cref="RefusedException">It writes others.</exception>
    public void CheckWritten(GgmlTensor* node, GgmlTensor* root)
    {
        const int Int64Type = 27;
        if (!_streamed.ContainsKey((nint)root) || GgmlTensor.Source(node, 1) is var indexes && (indexes == null || indexes->Type != Int64Type || indexes->Data == 0))
            return;
        var written = new ReadOnlySpan<long>((void*)indexes->Data, (int)indexes->Extents[0]);
        if (written.Length != _end - _first || written[0] != _first || written[^1] != _end - 1)
            throw new RefusedException(501, $"tier: llama.cpp writes cells {written[0]} to {written[^1]} where {_first} to {_end - 1} were to be written");
    }

    /// <summary>A layer is done.</summary>
    public void Release()
    {
        if (_current < 0)
            return;
        // The rows are noted for this layer: the next batch may have begun before they are carried back.
        _computed[_current] = (_first, _end);
        _current = -1;
        _ring!.Release();
    }

    /// <summary>Copies a piece of a layer's rows, in whole pages.</summary>
    public void Get(KvRows rows, long offset, nint memory, long bytes)
    {
        if (rows.Stream >= 0)
        {
            _file!.Read(FileOffset(rows) + offset, memory, bytes, bytes);
            rows.Tail!.Overlay(memory, offset, bytes);
        }
        else
        {
            Buffer.MemoryCopy((void*)(rows.Memory + (nint)offset), (void*)memory, bytes, Math.Min(bytes, rows.RowBytes * rows.Cells - offset));
        }
    }

    /// <summary>Sets a piece of a layer's rows, in whole pages. Only within <see cref="Changed"/>.</summary>
    public void Set(KvRows rows, long offset, nint memory, long bytes)
    {
        var own = Math.Min(bytes, rows.RowBytes * rows.Cells - offset);
        if (rows.Stream >= 0)
            _file!.Write(FileOffset(rows) + offset, memory, bytes);
        else
            Buffer.MemoryCopy((void*)memory, (void*)(rows.Memory + (nint)offset), own, own);
    }

    public void Dispose()
    {
        _ring?.Dispose();
        _reads?.Dispose();
        foreach (var rows in _streamed.Values)
            rows.Tail!.Dispose();
    }

    private static long SlotBytesOf(IReadOnlyList<IReadOnlyList<SurveyedTensor>> layers, StreamPlan plan) =>
        plan.Layers.Select(layer => layers[layer].Take(plan.Parts[layer]).Sum(tensor => new KvRows(tensor, -1, 0).Room)).DefaultIfEmpty(0).Max();

    private static IEnumerable<KvRows> Place(IReadOnlyList<SurveyedTensor> tensors, int stream, int streamed)
    {
        long at = 0;
        for (var i = 0; i < tensors.Count; i++)
        {
            var rows = new KvRows(tensors[i], i < streamed ? stream : -1, at);
            at += rows.Stream < 0 ? 0 : rows.Room;
            yield return rows;
        }
    }

    private long FileOffset(KvRows rows) => rows.Stream * SlotBytes + rows.At;

    private static long Bytes(KvRows rows, int cells) => Pages.Up(rows.RowBytes * cells);

    private void Ask(int layer, nint slot)
    {
        var cells = _ends[layer];
        _asked.Enqueue(cells);
        foreach (var rows in _layers[layer])
            if (Bytes(rows, cells) is > 0 and var bytes)
                _reads!.Ask(FileOffset(rows), slot + (nint)rows.At, bytes, bytes);
    }

    private void Fill(int layer, nint slot)
    {
        // Those that were asked for: how many there are may have changed since.
        var cells = _asked.Dequeue();
        _reads!.Await(_layers[layer].Count(rows => Bytes(rows, cells) > 0));
        foreach (var rows in _layers[layer])
            rows.Tail!.Overlay(slot + (nint)rows.At, 0, Bytes(rows, cells));
    }

    private void CarryBack(int layer, nint slot)
    {
        var (first, last) = _computed[layer];
        foreach (var rows in _layers[layer])
        {
            var (begin, end) = rows.Tail!.Take(slot + (nint)rows.At, rows.RowBytes * first, rows.RowBytes * last);
            _file!.Write(FileOffset(rows) + begin, slot + (nint)(rows.At + begin), end - begin);
        }
        _ends[layer] = last;
    }
}
