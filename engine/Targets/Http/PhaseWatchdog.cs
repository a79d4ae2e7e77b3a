using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>
/// Holds a call to its limits. It knows the phase under way and the last sign of life; where a limit passes or the user stops, it breaks
/// the connection, and <see cref="Expired"/> tells which limit it was. Only the target's silence counts, never the slowness of our own
/// reading.
/// </summary>
internal sealed class PhaseWatchdog : IDisposable
{
    private static readonly TimeSpan s_maxTimerDelay = TimeSpan.FromHours(12);
    private readonly RunClock _clock;
    private readonly PhaseLimits _limits;
    private readonly CancellationTokenSource _stop;
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private Phase _phase;
    private Instant _phaseStarted;
    private Instant _lastActivity;
    private Action? _onStop;

    public PhaseWatchdog(RunClock clock, PhaseLimits limits, Phase first, CancellationToken user)
    {
        (_clock, _limits, _phase) = (clock, limits, first);
        _phaseStarted = _lastActivity = clock.Now;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(user);
        _stop.Token.Register(() => Volatile.Read(ref _onStop)?.Invoke());
        _timer = new Timer(_ => CheckLimits(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        CheckLimits();
    }

    /// <summary>Ends when a limit passes or the user stops.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>The limit that passed; null where none did.</summary>
    public TimedOut? Expired { get; private set; }

    /// <summary>What breaks the connection.</summary>
    public void OnStop(Action stop)
    {
        Volatile.Write(ref _onStop, stop);
        if (_stop.IsCancellationRequested)
            stop();
    }

    public void EnterPhase(Phase phase, Instant at)
    {
        lock (_lock)
        {
            (_phase, _phaseStarted, _lastActivity) = (phase, at, at);
        }
        CheckLimits();
    }

    /// <summary>Something of the answer arrived.</summary>
    public void RecordActivity(Instant at)
    {
        lock (_lock)
        {
            _lastActivity = at;
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        Volatile.Write(ref _onStop, null);
        _stop.Dispose();
    }

    private void CheckLimits()
    {
        try
        {
            lock (_lock)
            {
                if (_stop.IsCancellationRequested || Expired is not null)
                    return;
                var now = _clock.Now;
                var (limit, left) = NearestLimit(now);
                if (left > TimeSpan.Zero)
                {
                    // A millisecond more: a timer that wakes just too early would only have to be set again.
                    _timer.Change((left < s_maxTimerDelay ? left : s_maxTimerDelay) + TimeSpan.FromMilliseconds(1),
                        Timeout.InfiniteTimeSpan);
                    return;
                }
                Expired = new TimedOut(_phase, limit);
            }
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended while the timer was on its way.
        }
    }

    private (TimeSpan Limit, TimeSpan Left) NearestLimit(Instant now)
    {
        var whole = _phase switch { Phase.Load => _limits.Load, Phase.Generation => _limits.Generation, _ => _limits.Prefill };
        var left = whole - now.Since(_phaseStarted);
        var silenceLeft = _limits.Silence - now.Since(_lastActivity);
        return _phase == Phase.Generation && silenceLeft < left ? (_limits.Silence, silenceLeft) : (whole, left);
    }
}
