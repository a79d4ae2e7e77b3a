using System.Diagnostics;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Caps.Linux;
using MemoryWall.Machine.Processes;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.Sweeps.Sessions;

/// <summary>One process of the embedded server with its memory cap. A restarted server gets a new cap, whose counters begin at 0.</summary>
internal sealed class CappedServerProcess : IAsyncDisposable
{
    private readonly IMemoryCap? _cap;

    private CappedServerProcess(EmbeddedServer server, IMemoryCap? cap)
    {
        Server = server;
        _cap = cap;
    }

    /// <summary>The server.</summary>
    public EmbeddedServer Server { get; }

    /// <summary>Processes that the kernel killed for lack of memory under the cap; null where there is no cap or it has no such
    /// counter.</summary>
    public long? OomKills => _cap?.ReadCounters().OomKills;

    /// <summary>Starts a server.</summary>
    /// <param name="options">What to serve.</param>
    /// <param name="plan">The cap; null for none.</param>
    /// <param name="cancellation">Stops the start.</param>
    /// <exception cref="EmbeddedServerException">It did not start.</exception>
    /// <exception cref="CapException">The machine does not permit the cap, or the cap would not be effective.</exception>
    public static async Task<CappedServerProcess> StartAsync(EmbeddedServerOptions options, CapPlan? plan, CancellationToken cancellation)
    {
        if (plan is null)
            return new CappedServerProcess(await EmbeddedServer.StartAsync(options, cancellation).ConfigureAwait(false), null);
        // Pages of the file that the cap does not count would falsify a measurement; a server for others is not measured.
        if (OperatingSystem.IsLinux() && options.Serving is null)
            await UncachedFile.EnsureAsync(options.ModelPath, cancellation).ConfigureAwait(false);
        var cap = MemoryCapFactory.Create(new ByteSize(plan.Bytes), new SwapPolicy(plan.SwapBytes is { } swap ? new ByteSize(swap) : null));
        EmbeddedServer? server = null;
        try
        {
            server = await EmbeddedServer.StartAsync(options with { ConfigureStart = cap.ConfigureStart }, cancellation)
                .ConfigureAwait(false);
            using var process = Process.GetProcessById(server.ProcessId);
            await cap.AttachAsync(process, cancellation).ConfigureAwait(false);
            return new CappedServerProcess(server, cap);
        }
        catch (Exception error)
        {
            var kills = cap.ReadCounters().OomKills;
            if (server is not null)
                await server.DisposeAsync().ConfigureAwait(false);
            await cap.DisposeAsync().ConfigureAwait(false);
            if (kills > 0)
                throw new EmbeddedServerException(
                    $"the cap of {new ByteSize(plan.Bytes)} is too small: the embedded server was killed for lack of memory while it "
                    + $"started (the kernel's oom_kill counter rose by {kills}); use a larger cap");
            if (error is ArgumentException or InvalidOperationException)
                throw new EmbeddedServerException($"the embedded server ended before the cap was applied to it: {error.Message}");
            throw;
        }
    }

    /// <summary>How the process ended; null while it runs.</summary>
    /// <param name="timeout">How long to wait for the process to end.</param>
    public async Task<ServerExit?> WaitForExitAsync(TimeSpan timeout) =>
        await Server.WaitForExitAsync(timeout).ConfigureAwait(false) is { } exit
            // The cap's own counter is more specific than that of the control group that the server was started in.
            ? OomKills is > 0 and var kills ? exit with { OomKills = kills } : exit
            : null;

    /// <summary>The memory counters of the process and its cap.</summary>
    public MemoryCounters ReadMemory() => MemoryCounters.Read(Server.ProcessId, _cap);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync().ConfigureAwait(false);
        if (_cap is not null)
            await _cap.DisposeAsync().ConfigureAwait(false);
    }
}
