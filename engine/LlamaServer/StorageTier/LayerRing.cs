using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// A few slots of memory through which the streamed layers, or parts of them, pass, in their order and over and over. A thread of its own fills a slot with
/// the next one while the current one computes, and carries back what the computation changed before the slot is used again.
/// </summary>
internal sealed class LayerRing : IDisposable
{
    private readonly object _gate = new();
    private readonly int _layers;
    private readonly Pages[] _slots;
    private readonly Action<int, nint> _fill;
    private readonly Action<int, nint>? _carryBack;
    private readonly Thread _thread;
    private int _first;
    private long _filled;
    private long _released;
    private long _carried;
    private bool _isHeld;
    private bool _isBusy;
    private bool _stops;
    private RefusedException? _failure;

    /// <summary>A ring, whose thread begins to fill it.</summary>
    /// <param name="name">What passes through it.</param>
    /// <param name="layers">How many layers are streamed.</param>
    /// <param name="slots">How many of them have room at once; no more than there are layers.</param>
    /// <param name="slotBytes">Room of the largest.</param>
    /// <param name="fill">Reads a layer, by its place among those streamed, into a slot.</param>
    /// <param name="carryBack">Writes a layer back that was released; null where nothing changes.</param>
    public LayerRing(string name, int layers, int slots, long slotBytes, Action<int, nint> fill, Action<int, nint>? carryBack)
    {
        (_layers, _fill, _carryBack) = (layers, fill, carryBack);
        _slots = [.. Enumerable.Range(0, Math.Min(slots, layers)).Select(_ => Pages.Resident(slotBytes))];
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    public bool IsLocked => _slots.All(slot => slot.IsLocked);

    /// <summary>Waits until a layer is there and holds it until <see cref="Release"/>.</summary>
    /// <param name="layer">Its place among those streamed; out of order where a computation was broken off: the ring begins anew there.</param>
    /// <returns>Where it lies.</returns>
    /// <exception cref="RefusedException">It could not be read, or an earlier one not be written.</exception>
    public nint Acquire(int layer)
    {
        lock (_gate)
        {
            if (_isHeld && Layer(_released) == layer)
                return Slot(_released);
            if (_isHeld || Layer(_released) != layer)
                BeginAt(layer);
            while (_filled <= _released && _failure is null)
                Monitor.Wait(_gate);
            Check();
            _isHeld = true;
            return Slot(_released);
        }
    }

    /// <summary>Lets go of the layer that is held.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (!_isHeld)
                return;
            _isHeld = false;
            _released++;
            if (_carryBack is null)
                _carried = _released;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until all that was released is carried back.</summary>
    /// <exception cref="RefusedException">It could not be.</exception>
    public void Settle()
    {
        lock (_gate)
        {
            while (_carried < _released && _failure is null)
                Monitor.Wait(_gate);
            Check();
        }
    }

    /// <summary>Forgets what the slots hold, after what they are filled from was changed by another way, and changes it.</summary>
    public void Refill(Action change)
    {
        lock (_gate)
        {
            BeginAt(0, change);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stops = true;
            Monitor.PulseAll(_gate);
        }
        _thread.Join();
        foreach (var slot in _slots)
            slot.Dispose();
    }

    private int Layer(long number) => (int)((_first + number) % _layers);

    private nint Slot(long number) => _slots[number % _slots.Length].Address;

    private void Check()
    {
        if (_failure is { } failure)
            throw new RefusedException(failure.Status, failure.Message);
    }

    // With the gate held. What is being filled is finished first, and what was released is carried back: it is still true. A device that failed may
    // have been repaired since: it is tried again.
    private void BeginAt(int layer, Action? change = null)
    {
        while (_isBusy || (_carried < _released && _failure is null))
            Monitor.Wait(_gate);
        change?.Invoke();
        _failure = null;
        _isHeld = false;
        _first = layer;
        _filled = _released = _carried = 0;
        Monitor.PulseAll(_gate);
    }

    private void Run()
    {
        while (Next() is var (number, isBack))
        {
            RefusedException? failure = null;
            try
            {
                (isBack ? _carryBack! : _fill)(Layer(number), Slot(number));
            }
            catch (RefusedException error)
            {
                failure = error;
            }
            lock (_gate)
            {
                _isBusy = false;
                if (failure is not null)
                    _failure = failure;
                else if (isBack)
                    _carried++;
                else
                    _filled++;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private (long Number, bool IsBack)? Next()
    {
        lock (_gate)
        {
            while (!_stops && (_failure is not null || (_carried == _released && _filled >= _carried + _slots.Length)))
                Monitor.Wait(_gate);
            if (_stops)
                return null;
            _isBusy = true;
            // Back first: the slot is needed, and the layer may be read again soon.
            return _carried < _released ? (_carried, true) : (_filled, false);
        }
    }
}
