
namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>The size of a ring.</summary>
/// <param name="Layers">Streamed layers.</param>
/// <param name="Slots">Layers that have room at the same time.</param>
/// <param name="SlotBytes">Size of the largest layer.</param>
internal readonly record struct RingSize(int Layers, int Slots, long SlotBytes);

/// <summary>How a ring moves a layer, given by its index among the streamed layers, to or from a slot. Called on the ring's thread.</summary>
/// <param name="SubmitReads">Submits the reads of a layer into a slot.</param>
/// <param name="WaitForReads">Waits until the layer that was submitted first has arrived.</param>
/// <param name="WriteBack">Writes a released layer back to storage; null where computation does not change it.</param>
internal sealed record RingTransfers(Action<int, nint> SubmitReads, Action<int, nint> WaitForReads, Action<int, nint>? WriteBack = null);

/// <summary>
/// A few slots of memory through which the streamed layers, or parts of them, pass, in their order and over and over. A thread of its own
/// fills a slot with the next one while the current one computes, and carries back what the computation changed before the slot is used
/// again.
/// </summary>
internal sealed class LayerRing : IDisposable
{
    private enum RingOperation { SubmitReads, WaitForReads, WriteBack }

    private readonly object _gate = new();
    private readonly int _layerCount;
    private readonly PageBuffer[] _slots;
    private readonly Action<int, nint>[] _operations;
    private readonly bool _writesBack;
    private readonly Thread _thread;
    private int _firstLayer;
    private long _submitted;
    private long _completed;
    private long _available;
    private long _released;
    private long _writtenBack;
    private bool _isAcquired;
    private bool _isBusy;
    private bool _isStopping;
    private TierException? _failure;

    /// <summary>Allocates the slots and starts the thread that fills them.</summary>
    /// <param name="name">The thread's name.</param>
    /// <param name="size">The number of layers and slots, and the size of a slot.</param>
    /// <param name="transfers">How a layer is read and written back.</param>
    public LayerRing(string name, RingSize size, RingTransfers transfers)
    {
        _layerCount = size.Layers;
        _operations = [transfers.SubmitReads, transfers.WaitForReads, transfers.WriteBack ?? ((_, _) => { })];
        _writesBack = transfers.WriteBack is not null;
        _slots = [.. Enumerable.Range(0, Math.Min(size.Slots, size.Layers)).Select(_ => PageBuffer.AllocateResident(size.SlotBytes))];
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    public bool IsLocked => _slots.All(slot => slot.IsLocked);

    /// <summary>Waits until a layer is there and holds it until <see cref="Release"/>.</summary>
    /// <param name="layer">Its place among those streamed; out of order where a computation was broken off: the ring begins anew
    /// there.</param>
    /// <returns>Where it lies.</returns>
    /// <exception cref="TierException">It could not be read, or an earlier one not be written.</exception>
    public nint Acquire(int layer)
    {
        lock (_gate)
        {
            if (_isAcquired && GetLayer(_released) == layer)
                return GetSlot(_released);
            if (_isAcquired || GetLayer(_released) != layer)
                RestartAt(layer);
            while (_available <= _released && _failure is null)
                Monitor.Wait(_gate);
            ThrowIfFailed();
            _isAcquired = true;
            return GetSlot(_released);
        }
    }

    /// <summary>Lets go of the layer that is held.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (!_isAcquired)
                return;
            _isAcquired = false;
            _released++;
            if (!_writesBack)
                _writtenBack = _released;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until all that was released is carried back.</summary>
    /// <exception cref="TierException">It could not be.</exception>
    public void Flush()
    {
        lock (_gate)
        {
            while (_writtenBack < _released && _failure is null)
                Monitor.Wait(_gate);
            ThrowIfFailed();
        }
    }

    /// <summary>Forgets what the slots hold, after what they are filled from was changed by another way, and changes it.</summary>
    public void Invalidate(Action change)
    {
        lock (_gate)
        {
            RestartAt(0, change);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }
        _thread.Join();
        foreach (var slot in _slots)
            slot.Dispose();
    }

    private int GetLayer(long number) => (int)((_firstLayer + number) % _layerCount);

    private nint GetSlot(long number) => _slots[number % _slots.Length].Address;

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
            throw new TierException(failure.Problem, failure.Message)
            {
                RequiredBytes = failure.RequiredBytes,
                AvailableBytes = failure.AvailableBytes
            };
    }

    // With the gate held. What was asked for comes first, since the device still writes into its slots, and what was released is carried
    // back: it is still true. A device that failed may have been repaired since: it is tried again.
    private void RestartAt(int layer, Action? change = null)
    {
        while (_isBusy || _submitted > _available || (_writtenBack < _released && _failure is null))
            Monitor.Wait(_gate);
        change?.Invoke();
        _failure = null;
        _isAcquired = false;
        _firstLayer = layer;
        _submitted = _completed = _available = _released = _writtenBack = 0;
        Monitor.PulseAll(_gate);
    }

    private void Run()
    {
        while (WaitForOperation() is var (step, number))
        {
            TierException? failure = null;
            try
            {
                _operations[(int)step](GetLayer(number), GetSlot(number));
            }
            catch (TierException error)
            {
                failure = error;
            }
            lock (_gate)
            {
                _isBusy = false;
                _failure ??= failure;
                if (step == RingOperation.SubmitReads)
                    _submitted++;
                else if (step == RingOperation.WaitForReads)
                    _completed++;
                else if (failure is null)
                    _writtenBack++;
                if (step == RingOperation.WriteBack || failure is not null)
                    Monitor.PulseAll(_gate);
            }
        }
    }

    private (RingOperation Step, long Number)? WaitForOperation()
    {
        lock (_gate)
        {
            while (true)
            {
                // Whatever was asked for is awaited, also where it is of no use any more.
                var goesOn = !_isStopping && _failure is null;
                _isBusy = true;
                // One at a time: some devices tell of the first only when the second is there too. And before anybody hears of the one that
                // has just arrived, since he computes with it on all processors, and the device would rest until this thread gets one.
                if (goesOn && _submitted == _completed && _submitted < _writtenBack + _slots.Length)
                    return (RingOperation.SubmitReads, _submitted);
                if (_available < _completed)
                {
                    _available = _completed;
                    Monitor.PulseAll(_gate);
                }
                if (goesOn && _writtenBack < _released)
                    return (RingOperation.WriteBack, _writtenBack);
                if (_submitted > _completed)
                    return (RingOperation.WaitForReads, _completed);
                _isBusy = false;
                if (_isStopping)
                    return null;
                Monitor.Wait(_gate);
            }
        }
    }
}
