using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.StorageTier;

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
    private RefusedException? _failure;

    /// <summary>A ring, whose thread begins to fill it.</summary>
    /// <param name="name">What passes through it.</param>
    /// <param name="layers">How many layers are streamed.</param>
    /// <param name="slots">How many of them have room at once; no more than there are layers.</param>
    /// <param name="slotBytes">Room of the largest.</param>
    /// <param name="submitReads">Asks for a layer, by its place among those streamed, to be read into a slot.</param>
    /// <param name="waitForReads">Waits until the layer that was asked for is there.</param>
    /// <param name="writeBack">Writes a layer back that was released; null where nothing changes.</param>
    public LayerRing(string name, int layers, int slots, long slotBytes, Action<int, nint> submitReads, Action<int, nint> waitForReads,
        Action<int, nint>? writeBack)
    {
        (_layerCount, _operations, _writesBack) = (layers, [submitReads, waitForReads, writeBack ?? ((_, _) => { })],
            writeBack is not null);
        _slots = [.. Enumerable.Range(0, Math.Min(slots, layers)).Select(_ => PageBuffer.AllocateResident(slotBytes))];
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    public bool IsLocked => _slots.All(slot => slot.IsLocked);

    /// <summary>Waits until a layer is there and holds it until <see cref="Release"/>.</summary>
    /// <param name="layer">Its place among those streamed; out of order where a computation was broken off: the ring begins anew
    /// there.</param>
    /// <returns>Where it lies.</returns>
    /// <exception cref="RefusedException">It could not be read, or an earlier one not be written.</exception>
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
    /// <exception cref="RefusedException">It could not be.</exception>
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
            throw new RefusedException(failure.Status, failure.Message);
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
            RefusedException? failure = null;
            try
            {
                _operations[(int)step](GetLayer(number), GetSlot(number));
            }
            catch (RefusedException error)
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
