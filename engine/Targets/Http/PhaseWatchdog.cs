using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>
/// Enforces the time limits of a request. It tracks the current phase and the last activity. When a limit passes or the user stops the
/// run, it closes the connection; <see cref="Expired"/> says which limit passed. Activity is the arrival of bytes, so slow parsing on
/// this side does not count as silence of the target.
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

    /// <summary>Cancelled when a limit passes or the user stops the run.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>The limit that passed; null where none did.</summary>
    public TimedOut? Expired { get; private set; }

    /// <summary>Sets the action that closes the connection.</summary>
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

    /// <summary>Records that a part of the answer arrived.</summary>
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
                    // One millisecond more, since a timer that fires slightly early would have to be set again.
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
            // The request ended while the timer fired.
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
