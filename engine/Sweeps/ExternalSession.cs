using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Sampling;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps;

/// <summary>
/// A server that somebody else runs: it is asked, never started. Where it died, whoever watches over it may start it again: it is waited
/// for once, so that one death does not take all trials after it.
/// </summary>
internal sealed class ExternalSession(ITarget target, Uri endpoint, SweepSettings settings, RunClock clock) : ITargetSession
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(500);
    private bool _died;
    private bool _hasWaitTimedOut;

    /// <summary>How long a server that died is waited for. Default one minute.</summary>
    public TimeSpan RestartTimeout { get; init; } = TimeSpan.FromMinutes(1);

    public ITarget Target => target;

    public bool IsLocalChild => false;

    public string? ModelPath => settings.GgufPath;

    public string? Watch(Sampler sampler) => settings.ServerProcessId is { } process
        ? sampler.WatchProcess(process)
        : LocalMachine.IsLocalEndpoint(endpoint) ? sampler.WatchPort(endpoint.Port) : "the target runs on another machine";

    public MemoryCounters? ReadMemory() => null;

    public async Task<RestartResult?> RestartIfNeededAsync(CancellationToken cancellation)
    {
        if (!_died)
            return null;
        var began = clock.Now;
        var wasGone = false;
        while (await IsUnavailableAsync(cancellation).ConfigureAwait(false))
        {
            wasGone = true;
            if (_hasWaitTimedOut || cancellation.IsCancellationRequested || clock.Now.Since(began) > RestartTimeout)
            {
                // The trial that follows tells what it found; none of the others waits again.
                _hasWaitTimedOut = true;
                return null;
            }
            await Task.Delay(s_pollInterval, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        (_died, _hasWaitTimedOut) = (false, false);
        // A server that answers at once has lost a connection or a runner, as far as can be seen.
        return wasGone
            ? new RestartResult(
                FormattableString.Invariant($"the server had gone and answers again after {clock.Now.Since(began).TotalSeconds:0.0} s"),
                Problem: null)
            : null;
    }

    public Task StopAsync() => Task.CompletedTask;

    public Task<Outcome> RefineOutcomeAsync(Outcome outcome)
    {
        _died |= outcome is TargetDied;
        return Task.FromResult(outcome);
    }

    public ValueTask DisposeAsync() => target.DisposeAsync();

    // 503 is what a server says while it loads.
    private async Task<bool> IsUnavailableAsync(CancellationToken cancellation) =>
        (await target.ProbeAsync(cancellation).ConfigureAwait(false)).Problem is TargetDied or Refused { Status: 503 };
}
