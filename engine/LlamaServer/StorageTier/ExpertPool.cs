using System.Diagnostics;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// Slots in huge pages for some of the experts of all layers. A batch that uses few of a layer's experts replaces those used longest ago.
/// One that uses most of them goes through all layers in order, so those used last are needed last and are replaced, and the next layer's
/// are read while this one computes.
/// </summary>
internal sealed class ExpertPool : IDisposable
{
    private readonly ExpertLayout _layout;
    private readonly PageBuffer _memory;
    private readonly ReadAheadQueue _reads;
    private readonly UseOrder _order;
    private readonly Stack<int> _freeSlots = [];
    private readonly int[] _slotOf;
    private readonly int[] _layerOf;
    private readonly bool[] _isNeeded;
    private readonly List<int> _needed = [];
    private readonly List<int> _missing = [];
    private int _readsAhead;

    /// <param name="layout">How experts lie in slots.</param>
    /// <param name="slots">Number of slots.</param>
    /// <param name="file">The file with the experts.</param>
    public ExpertPool(ExpertLayout layout, int slots, DirectFile file)
    {
        (_layout, Slots) = (layout, slots);
        _memory = PageBuffer.AllocateResident(slots * layout.SlotBytes);
        _reads = new ReadAheadQueue(file, MaxReads);
        _order = new UseOrder(layout.Count);
        (_slotOf, _layerOf, _isNeeded) = (new int[layout.Count], new int[layout.Count], new bool[layout.Count]);
        for (var index = 0; index < layout.Layers.Count; index++)
            for (var expert = 0; expert < layout.Layers[index].Count; expert++)
                _layerOf[layout.NumberOf(index, expert)] = index;
        for (var slot = slots - 1; slot >= 0; slot--)
            _freeSlots.Push(slot);
    }

    // A layer's matrices are all given to the device at once, those of the next layer too.
    private const int MaxReads = 512;

    public int Slots { get; }

    public nint Address => _memory.Address;

    public bool IsLocked => _memory.IsLocked;

    /// <summary>What was used and read so far.</summary>
    public ExpertUse Use { get; private set; }

    /// <summary>Waits until a layer's experts are in slots, where they stay until the next call.</summary>
    /// <param name="index">Index of the layer among those with experts.</param>
    /// <param name="experts">Their numbers in the layer; a number may be there more than once.</param>
    /// <exception cref="TierException">They could not be read; no expert is then in the pool.</exception>
    public void Load(int index, ReadOnlySpan<int> experts)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            // What was read ahead is for this layer, unless the graph was stopped: its slots can be used again only when it is there.
            WaitForReadsAhead();
            FindNeeded(index, experts);
            var usesMost = 2 * _needed.Count > _layout.Layers[index].Count;
            foreach (var number in _missing)
                StartRead(number, usesMost ? FindNewest(index) : FindOldest());
            var count = CountReads(_missing);
            if (usesMost)
                ReadAhead(index + 1);
            _reads.Wait(count);
        }
        catch (TierException)
        {
            Clear();
            throw;
        }
        var bytes = _layout.Layers[index].Tensors.Sum(tensor => tensor.SliceBytes);
        Use += new ExpertUse(_needed.Count, _missing.Count, _needed.Count * bytes, _missing.Count * bytes,
            Stopwatch.GetElapsedTime(started));
    }

    /// <summary>The slot of an expert that was loaded.</summary>
    public int SlotOf(int index, int expert) => _slotOf[_layout.NumberOf(index, expert)];

    public void Dispose()
    {
        // The device writes into the slots until its reads have ended.
        _reads.Dispose();
        _memory.Dispose();
    }

    private void FindNeeded(int index, ReadOnlySpan<int> experts)
    {
        foreach (var number in _needed)
            _isNeeded[number] = false;
        _needed.Clear();
        _missing.Clear();
        foreach (var expert in experts)
        {
            if (expert < 0 || expert >= _layout.Layers[index].Count)
                throw new TierException(TierProblem.UnsupportedModel,
                    $"the router of layer {_layout.Layers[index].Layer} chose expert {expert} of {_layout.Layers[index].Count}");
            var number = _layout.NumberOf(index, expert);
            if (_isNeeded[number])
                continue;
            _isNeeded[number] = true;
            _needed.Add(number);
            if (_order.Contains(number))
                _order.Use(number);
            else
                _missing.Add(number);
        }
    }

    private void StartRead(int number, int replaced)
    {
        if (_freeSlots.Count == 0)
        {
            _order.Remove(replaced);
            _freeSlots.Push(_slotOf[replaced]);
        }
        var slot = _slotOf[number] = _freeSlots.Pop();
        _order.Use(number);
        var index = _layerOf[number];
        var expert = number - _layout.NumberOf(index, 0);
        foreach (var slice in _layout.Slices[index])
        {
            var extent = slice.Extent(expert);
            _reads.Enqueue(extent.Offset, _memory.Address + (nint)(slot * _layout.SlotBytes + extent.MemoryOffset), extent.Bytes,
                extent.RequiredBytes);
        }
    }

    private void ReadAhead(int index)
    {
        if (index == _layout.Layers.Count)
            return;
        var first = _layout.NumberOf(index, 0);
        for (var number = first; number < first + _layout.Layers[index].Count; number++)
        {
            if (_order.Contains(number))
                continue;
            var replaced = UseOrder.None;
            if (_freeSlots.Count == 0 && (replaced = FindNewest(index - 1, index)) == UseOrder.None)
                return;
            StartRead(number, replaced);
            _readsAhead += _layout.Slices[index].Count;
        }
    }

    private void WaitForReadsAhead()
    {
        var count = _readsAhead;
        _readsAhead = 0;
        _reads.Wait(count);
    }

    private int CountReads(List<int> numbers) => numbers.Sum(number => _layout.Slices[_layerOf[number]].Count);

    // The pool holds all experts that a layer can need, so there is always one to replace.
    private int FindOldest()
    {
        var number = _order.Oldest;
        while (number != UseOrder.None && _isNeeded[number])
            number = _order.LaterThan(number);
        return number;
    }

    private int FindNewest(int index, int other = -1)
    {
        var number = _order.Newest;
        while (number != UseOrder.None && (_isNeeded[number] || _layerOf[number] == index || _layerOf[number] == other))
            number = _order.EarlierThan(number);
        // A pool with room for little more than one layer.
        return number == UseOrder.None && other < 0 ? FindOldest() : number;
    }

    private void Clear()
    {
        _readsAhead = 0;
        try
        {
            _reads.WaitAll();
        }
        catch (TierException)
        {
            // The first failure is the one to report.
        }
        while (_order.Oldest is not UseOrder.None and var number)
        {
            _order.Remove(number);
            _freeSlots.Push(_slotOf[number]);
        }
    }
}

/// <summary>Uses of experts. An expert that several tokens of a batch use counts once.</summary>
/// <param name="Uses">Experts used.</param>
/// <param name="Misses">Of these, those that had to be read when they were needed.</param>
/// <param name="Bytes">Bytes of the experts used.</param>
/// <param name="MissedBytes">Bytes of those that had to be read.</param>
/// <param name="Wait">Time that the computation waited for them.</param>
internal readonly record struct ExpertUse(long Uses, long Misses, long Bytes, long MissedBytes, TimeSpan Wait)
{
    public static ExpertUse operator +(ExpertUse left, ExpertUse right) => new(left.Uses + right.Uses, left.Misses + right.Misses,
        left.Bytes + right.Bytes, left.MissedBytes + right.MissedBytes, left.Wait + right.Wait);

    public static ExpertUse operator -(ExpertUse left, ExpertUse right) => new(left.Uses - right.Uses, left.Misses - right.Misses,
        left.Bytes - right.Bytes, left.MissedBytes - right.MissedBytes, left.Wait - right.Wait);
}
