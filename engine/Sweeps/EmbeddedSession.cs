using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Sampling;
using MemoryWall.Targets;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.Sweeps;

/// <summary>The embedded default: a child of ours that is started again when it dies, and whose death is evidence.</summary>
internal sealed class EmbeddedSession : ITargetSession
{
    // A process that broke off its answer needs a moment until the system reports how it ended.
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

    public ITarget Target => _target ?? throw new InvalidOperationException("the embedded server rests");

    public bool IsLocalChild => true;

    public string ModelPath => _options.ModelPath;

    public string? Watch(Sampler sampler) =>
        _child is { } child ? sampler.WatchProcess(child.Server.ProcessId) : "the embedded server rests";

    public MemoryCounters? ReadMemory() => _child?.ReadMemory();

    /// <summary>Starts the child.</summary>
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
        var rested = _child is null;
        await StopAsync().ConfigureAwait(false);
        try
        {
            await OpenAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is EmbeddedServerException or CapException)
        {
            return new RestartResult("the embedded server could not be started again", new TargetDied(error.Message), rested);
        }
        return new RestartResult(
            FormattableString.Invariant($"the embedded server was started again as process {_child!.Server.ProcessId}"), Problem: null,
            rested);
    }

    public async Task<Outcome> RefineOutcomeAsync(Outcome outcome)
    {
        if (outcome is not (TargetDied or ProtocolViolation) || _child is null)
            return outcome;
        if (await _child.Server.WaitForExitAsync(s_exitTimeout).ConfigureAwait(false) is not { } exit)
            return outcome;
        // The cap's own counter is nearer than that of the group that the child was started in.
        if (_child.OomKills is > 0 and var kills)
            exit = exit with { OomKills = kills };
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
