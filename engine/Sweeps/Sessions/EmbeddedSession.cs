using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Sampling;
using MemoryWall.Targets;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.Sweeps.Sessions;

/// <summary>The embedded server as a child process: it is restarted when it ends, and the way it ended refines a trial's outcome.</summary>
internal sealed class EmbeddedSession : ITargetSession
{
    // After an answer breaks off, the system takes a moment to report how the process ended.
    private static readonly TimeSpan s_exitTimeout = TimeSpan.FromSeconds(3);

    private readonly EmbeddedServerOptions _options;
    private readonly CapPlan? _cap;
    private readonly Func<EmbeddedServer, ITarget> _connect;
    private CappedServerProcess? _child;
    private ITarget? _target;

    private EmbeddedSession(EmbeddedServerOptions options, CapPlan? cap, Func<EmbeddedServer, ITarget> connect)
    {
        _options = options;
        _cap = cap;
        _connect = connect;
    }

    public ITarget Target => _target ?? throw new InvalidOperationException("the embedded server is stopped");

    public bool IsLocalChild => true;

    public string ModelPath => _options.ModelPath;

    // A server that is stopped until its turn has no process yet; it is watched when it starts.
    public string? Watch(Sampler sampler) => _child is { } child ? sampler.WatchProcess(child.Server.ProcessId) : null;

    public MemoryCounters? ReadMemory() => _child?.ReadMemory();

    /// <summary>Starts the server.</summary>
    /// <exception cref="EmbeddedServerException">It did not start.</exception>
    /// <exception cref="CapException">The machine does not permit the cap.</exception>
    public static async Task<EmbeddedSession> StartAsync(
        EmbeddedServerOptions options, CapPlan? cap, Func<EmbeddedServer, ITarget> connect, CancellationToken cancellation)
    {
        var session = new EmbeddedSession(options, cap, connect);
        await session.OpenAsync(cancellation).ConfigureAwait(false);
        return session;
    }

    public async Task<RestartResult?> RestartIfNeededAsync(CancellationToken cancellation)
    {
        if (_child is { Server.HasExited: false })
            return null;
        var wasStopped = _child is null;
        await StopAsync().ConfigureAwait(false);
        try
        {
            await OpenAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is EmbeddedServerException or CapException)
        {
            return new RestartResult("the embedded server could not be restarted", new TargetDied(error.Message), wasStopped);
        }
        return new RestartResult(
            FormattableString.Invariant($"the embedded server was restarted as process {_child!.Server.ProcessId}"), Problem: null,
            wasStopped);
    }

    public async Task<Outcome> RefineOutcomeAsync(Outcome outcome)
    {
        if (outcome is not (TargetDied or ProtocolViolation) || _child is null)
            return outcome;
        if (await _child.WaitForExitAsync(s_exitTimeout).ConfigureAwait(false) is not { } exit)
            return outcome;
        return exit.IsOutOfMemory ? new OutOfMemory(exit.Describe()) : new TargetDied(exit.Describe());
    }

    public async Task StopAsync()
    {
        if (_target is not null)
            await _target.DisposeAsync().ConfigureAwait(false);
        if (_child is not null)
            await _child.DisposeAsync().ConfigureAwait(false);
        (_target, _child) = (null, null);
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task OpenAsync(CancellationToken cancellation)
    {
        _child = await CappedServerProcess.StartAsync(_options, _cap, cancellation).ConfigureAwait(false);
        _target = _connect(_child.Server);
    }
}
