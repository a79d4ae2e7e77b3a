using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Sampling;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Sessions;

/// <summary>
/// An external server, which the engine never starts. A server that died may be restarted by its supervisor: the session waits for it once,
/// so that one failure does not end all trials after it.
/// </summary>
internal sealed class ExternalSession(ITarget target, Uri endpoint, SweepSettings settings, RunClock clock) : ITargetSession
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(500);
    private bool _died;
    private bool _hasWaitTimedOut;
    private Sampler? _sampler;

    /// <summary>How long to wait for a server that died. Default one minute.</summary>
    public TimeSpan RestartTimeout { get; init; } = TimeSpan.FromMinutes(1);

    public ITarget Target => target;

    public bool IsLocalChild => false;

    public string? ModelPath => settings.GgufPath;

    public string? Watch(Sampler sampler)
    {
        _sampler = sampler;
        return settings.ServerProcessId is { } process ? sampler.WatchProcess(process)
            : LocalMachine.IsLocalEndpoint(endpoint) ? sampler.WatchPort(endpoint.Port) : "the target runs on another machine";
    }

    public MemoryCounters? ReadMemory() =>
        OperatingSystem.IsLinux() && _sampler?.ServerProcesses is { Count: > 0 } processes ? MemoryCounters.Read(processes) : null;

    public async Task<RestartResult?> RestartIfNeededAsync(CancellationToken cancellation)
    {
        if (!_died)
            return null;
        var began = clock.Now;
        var wasUnavailable = false;
        while (await FindUnavailabilityAsync(cancellation).ConfigureAwait(false) is { } problem)
        {
            wasUnavailable = true;
            if (cancellation.IsCancellationRequested)
                return null;
            if (_hasWaitTimedOut || clock.Now.Since(began) > RestartTimeout)
            {
                var unreachable = DescribeUnreachable(problem);
                // Later trials do not wait again.
                _hasWaitTimedOut = true;
                return new RestartResult("the server does not answer", unreachable);
            }
            await Task.Delay(s_pollInterval, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        (_died, _hasWaitTimedOut) = (false, false);
        // A server that answers at once lost a connection or a runner process, not itself.
        return wasUnavailable
            ? new RestartResult(
                FormattableString.Invariant(
                    $"the server was unavailable and answers again after {clock.Now.Since(began).TotalSeconds:0.0} s"),
                Problem: null)
            : null;
    }

    public Task StopAsync() => Task.CompletedTask;

    public Task<Outcome> RefineOutcomeAsync(Outcome outcome)
    {
        _died |= IsUnavailable(outcome);
        return Task.FromResult(outcome);
    }

    public ValueTask DisposeAsync() => target.DisposeAsync();

    private Outcome DescribeUnreachable(Outcome problem)
    {
        var waited = FormattableString.Invariant($"waited {RestartTimeout.TotalSeconds:0.#} s");
        var what = _hasWaitTimedOut ? $"unreachable, an earlier trial {waited}" : $"unreachable, {waited}";
        return problem is Refused refused
            ? refused with { Text = $"{what}: {refused.Text}" }
            : new TargetDied($"{what}: {problem.Detail}");
    }

    private async Task<Outcome?> FindUnavailabilityAsync(CancellationToken cancellation) =>
        (await target.ProbeAsync(cancellation).ConfigureAwait(false)).Problem is { } problem && IsUnavailable(problem) ? problem : null;

    // A server answers with 503 while it loads, and a gateway with one of these while it reaches no server.
    private static bool IsUnavailable(Outcome outcome) => outcome is TargetDied or Refused { Status: 502 or 503 or 504 };
}
