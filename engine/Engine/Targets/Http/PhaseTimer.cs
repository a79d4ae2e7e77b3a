using MemoryWall.Facts;

namespace MemoryWall.Targets.Http;

/// <summary>Ends a wait when the limit of the phase that is under way has passed, and tells which limit that was.</summary>
internal sealed class PhaseTimer : IDisposable
{
    private readonly PhaseLimits _limits;
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _user;
    private long? _generationStarted;
    private (Phase Phase, TimeSpan Limit) _armed;

    public PhaseTimer(PhaseLimits limits, CancellationToken user)
    {
        _limits = limits;
        _user = user;
        _source = CancellationTokenSource.CreateLinkedTokenSource(user);
        Arm(Phase.Prefill, limits.Prefill, limits.Prefill);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Generated content arrived: from now on the limits of generation and of silence hold, whichever ends first.</summary>
    public void ContentArrived()
    {
        _generationStarted ??= Environment.TickCount64;
        var left = _limits.Generation - TimeSpan.FromMilliseconds(Environment.TickCount64 - _generationStarted.Value);
        if (left < _limits.Silence)
            Arm(Phase.Generation, _limits.Generation, left);
        else
            Arm(Phase.Generation, _limits.Silence, _limits.Silence);
    }

    /// <summary>Why the token was cancelled.</summary>
    public Outcome Why() => _user.IsCancellationRequested ? new Cancelled() : new TimedOut(_armed.Phase, _armed.Limit);

    public void Dispose() => _source.Dispose();

    private void Arm(Phase phase, TimeSpan limit, TimeSpan after)
    {
        _armed = (phase, limit);
        _source.CancelAfter(after > TimeSpan.Zero ? after : TimeSpan.Zero);
    }
}
