using MemoryWall.Embedded;
using MemoryWall.Facts;
using MemoryWall.Targets;
using MemoryWall.Telemetry;

namespace MemoryWall.Sweeps;

/// <summary>The embedded default: a child of ours that is started again when it dies, and whose death is evidence.</summary>
internal sealed class EmbeddedSession : ITargetSession
{
    // A process that broke off its answer needs a moment until the system reports how it ended.
    private static readonly TimeSpan ExitPatience = TimeSpan.FromSeconds(3);

    private readonly EmbeddedServerOptions _options;
    private readonly Func<EmbeddedServer, ITarget> _connect;
    private EmbeddedServer _server;
    private ITarget _target;

    private EmbeddedSession(EmbeddedServerOptions options, Func<EmbeddedServer, ITarget> connect, EmbeddedServer server)
    {
        _options = options;
        _connect = connect;
        _server = server;
        _target = connect(server);
    }

    public ITarget Target => _target;

    public bool IsLocalChild => true;

    public string ModelPath => _options.ModelPath;

    public string? Watch(Sampler sampler) => sampler.WatchProcess(_server.ProcessId);

    /// <summary>Starts the child.</summary>
    /// <exception cref="EmbeddedServerException">It did not start.</exception>
    public static async Task<EmbeddedSession> StartAsync(EmbeddedServerOptions options, Func<EmbeddedServer, ITarget> connect, CancellationToken cancellation) =>
        new(options, connect, await EmbeddedServer.StartAsync(options, cancellation).ConfigureAwait(false));

    public async Task<Revival?> ReviveAsync(CancellationToken cancellation)
    {
        if (!_server.HasExited)
            return null;
        await CloseAsync().ConfigureAwait(false);
        try
        {
            _server = await EmbeddedServer.StartAsync(_options, cancellation).ConfigureAwait(false);
        }
        catch (EmbeddedServerException error)
        {
            return new Revival("the embedded server could not be started again", new TargetDied(error.Message));
        }
        _target = _connect(_server);
        return new Revival(FormattableString.Invariant($"the embedded server was started again as process {_server.ProcessId}"), Problem: null);
    }

    public async Task<Outcome> ExplainAsync(Outcome outcome)
    {
        if (outcome is not (TargetDied or ProtocolBroken))
            return outcome;
        if (await _server.ExitAsync(ExitPatience).ConfigureAwait(false) is not { } exit)
            return outcome;
        return exit.IsOutOfMemory ? new OutOfMemory(exit.Describe()) : new TargetDied(exit.Describe());
    }

    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    private async Task CloseAsync()
    {
        await _target.DisposeAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
    }
}
