
namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>The size of a ring.</summary>
/// <param name="Layers">Streamed layers.</param>
/// <param name="Slots">Layers that have room at the same time.</param>
/// <param name="SlotBytes">Size of the largest layer.</param>
internal readonly record struct RingSize(int Layers, int Slots, long SlotBytes);

/// <summary>How a ring moves a layer, given by its index among the streamed layers, to or from a slot. Called on the ring's
/// thread.</summary>
/// <param name="SubmitReads">Submits the reads of a layer into a slot.</param>
/// <param name="WaitForReads">Waits until the layer that was submitted first has arrived.</param>
/// <param name="WriteBack">Writes a released layer back to storage; null where computation does not change it.</param>
internal sealed record RingTransfers(Action<int, nint> SubmitReads, Action<int, nint> WaitForReads, Action<int, nint>? WriteBack = null)
{
    /// <summary>Waits until the layer that was submitted first has almost arrived, so that the next read can be submitted before the
    /// device is idle.</summary>
    public Action<int, nint> WaitForMost { get; init; } = (_, _) => { };
}

/// <summary>
/// A few slots of memory through which the streamed layers (or parts of layers) pass in order, again and again. The ring's thread fills a
/// slot with the next layer while the current one computes. It writes back what the computation changed before a slot is reused.
/// </summary>
internal sealed class LayerRing : IDisposable
{
    private enum RingOperation { SubmitReads, WaitForMost, WaitForReads, WriteBack }

    private readonly object _gate = new();
    private readonly int _layerCount;
    private readonly PageBuffer _memory;
    private readonly int _slotCount;
    private readonly long _slotBytes;
    private readonly Action<int, nint>[] _operations;
    private readonly bool _writesBack;
    private readonly Thread _thread;
    private int _firstLayer;
    private long _submitted;
    private long _almostCompleted;
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
        _operations = [transfers.SubmitReads, transfers.WaitForMost, transfers.WaitForReads, transfers.WriteBack ?? ((_, _) => { })];
        _writesBack = transfers.WriteBack is not null;
        (_slotCount, _slotBytes) = (Math.Min(size.Slots, size.Layers), PageBuffer.RoundUp(size.SlotBytes));
        // One after the other in one piece, so that only whole huge pages are read into.
        _memory = PageBuffer.AllocateResident(PageBuffer.RoundUpToHugePages(_slotCount * _slotBytes));
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    public bool IsLocked => _memory.IsLocked;

    /// <summary>Waits until a layer is in its slot and keeps it there until <see cref="Release"/>.</summary>
    /// <param name="layer">The layer's index among the streamed layers. If it is not the next one, because a computation was aborted, the
    /// ring restarts at this layer.</param>
    /// <returns>The address of the slot.</returns>
    /// <exception cref="TierException">The layer could not be read, or an earlier one could not be written.</exception>
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

    /// <summary>Releases the acquired layer.</summary>
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

    /// <summary>Waits until all released layers are written back.</summary>
    /// <exception cref="TierException">A layer could not be written.</exception>
    public void Flush()
    {
        lock (_gate)
        {
            while (_writtenBack < _released && _failure is null)
                Monitor.Wait(_gate);
            ThrowIfFailed();
        }
    }

    /// <summary>Changes the storage that the slots are filled from, and discards their contents.</summary>
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
        _memory.Dispose();
    }

    private int GetLayer(long number) => (int)((_firstLayer + number) % _layerCount);

    private nint GetSlot(long number) => _memory.Address + (nint)(number % _slotCount * _slotBytes);

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
            throw new TierException(failure.Problem, failure.Message)
            {
                RequiredBytes = failure.RequiredBytes,
                AvailableBytes = failure.AvailableBytes
            };
    }

    // Call with the lock held. Submitted reads must arrive first, because the device still writes into the slots, and released layers are
    // written back, because they are still valid. A failed device is tried again.
    private void RestartAt(int layer, Action? change = null)
    {
        while (_isBusy || _submitted > _available || (_writtenBack < _released && _failure is null))
            Monitor.Wait(_gate);
        change?.Invoke();
        _failure = null;
        _isAcquired = false;
        _firstLayer = layer;
        _submitted = _almostCompleted = _completed = _available = _released = _writtenBack = 0;
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
                else if (step == RingOperation.WaitForMost)
                    _almostCompleted++;
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
                // Submitted reads are always awaited, even if their data is no longer needed.
                var goesOn = !_isStopping && _failure is null;
                _isBusy = true;
                // Whole reads are not in flight together, because some devices report the first of two only with the second. The next read
                // is submitted when the last transfer of the current one is under way: once the waiter learns that the current layer has
                // arrived it computes on all cores, and the device would be idle until this thread is scheduled again.
                if (goesOn && _submitted == _almostCompleted && _submitted < _writtenBack + _slotCount)
                    return (RingOperation.SubmitReads, _submitted);
                if (_available < _completed)
                {
                    _available = _completed;
                    Monitor.PulseAll(_gate);
                }
                if (goesOn && _writtenBack < _released)
                    return (RingOperation.WriteBack, _writtenBack);
                if (_almostCompleted > _completed)
                    return (RingOperation.WaitForReads, _completed);
                if (_submitted > _almostCompleted)
                    return (RingOperation.WaitForMost, _almostCompleted);
                _isBusy = false;
                if (_isStopping)
                    return null;
                Monitor.Wait(_gate);
            }
        }
    }
}
