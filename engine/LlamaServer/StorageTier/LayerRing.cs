using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// A few slots of memory through which the streamed layers, or parts of them, pass, in their order and over and over. A thread of its own fills a slot with
/// the next one while the current one computes, and carries back what the computation changed before the slot is used again.
/// </summary>
internal sealed class LayerRing : IDisposable
{
    private enum Step { Ask, Fill, CarryBack }

    private readonly object _gate = new();
    private readonly int _layers;
    private readonly Pages[] _slots;
    private readonly Action<int, nint>[] _steps;
    private readonly bool _carriesBack;
    private readonly Thread _thread;
    private int _first;
    private long _asked;
    private long _arrived;
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
    /// <param name="ask">Asks for a layer, by its place among those streamed, to be read into a slot.</param>
    /// <param name="fill">Waits until the layer that was asked for is there.</param>
    /// <param name="carryBack">Writes a layer back that was released; null where nothing changes.</param>
    public LayerRing(string name, int layers, int slots, long slotBytes, Action<int, nint> ask, Action<int, nint> fill, Action<int, nint>? carryBack)
    {
        (_layers, _steps, _carriesBack) = (layers, [ask, fill, carryBack ?? ((_, _) => { })], carryBack is not null);
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
            if (!_carriesBack)
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

    // With the gate held. What was asked for comes first, since the device still writes into its slots, and what was released is carried back: it is
    // still true. A device that failed may have been repaired since: it is tried again.
    private void BeginAt(int layer, Action? change = null)
    {
        while (_isBusy || _asked > _filled || (_carried < _released && _failure is null))
            Monitor.Wait(_gate);
        change?.Invoke();
        _failure = null;
        _isHeld = false;
        _first = layer;
        _asked = _arrived = _filled = _released = _carried = 0;
        Monitor.PulseAll(_gate);
    }

    private void Run()
    {
        while (Next() is var (step, number))
        {
            RefusedException? failure = null;
            try
            {
                _steps[(int)step](Layer(number), Slot(number));
            }
            catch (RefusedException error)
            {
                failure = error;
            }
            lock (_gate)
            {
                _isBusy = false;
                _failure ??= failure;
                if (step == Step.Ask)
                    _asked++;
                else if (step == Step.Fill)
                    _arrived++;
                else if (failure is null)
                    _carried++;
                if (step == Step.CarryBack || failure is not null)
                    Monitor.PulseAll(_gate);
            }
        }
    }

    private (Step Step, long Number)? Next()
    {
        lock (_gate)
        {
            while (true)
            {
                // Whatever was asked for is awaited, also where it is of no use any more.
                var goesOn = !_stops && _failure is null;
                _isBusy = true;
                // One at a time: some devices tell of the first only when the second is there too. And before anybody hears of the one that has just
                // arrived, since he computes with it on all processors, and the device would rest until this thread gets one.
                if (goesOn && _asked == _arrived && _asked < _carried + _slots.Length)
                    return (Step.Ask, _asked);
                if (_filled < _arrived)
                {
                    _filled = _arrived;
                    Monitor.PulseAll(_gate);
                }
                if (goesOn && _carried < _released)
                    return (Step.CarryBack, _carried);
                if (_asked > _arrived)
                    return (Step.Fill, _arrived);
                _isBusy = false;
                if (_stops)
                    return null;
                Monitor.Wait(_gate);
            }
        }
    }
}
