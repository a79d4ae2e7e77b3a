using System.Diagnostics;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Linux;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.Sweeps;

/// <summary>One life of the embedded server, with the cap that it lives under. A new life gets a new cap: its counters begin at
/// 0.</summary>
internal sealed class CappedServerProcess : IAsyncDisposable
{
    // A cached file this large would let the server have its weights beside the cap.
    private const double MaxCachedShare = 0.02;
    private static readonly TimeSpan s_dropTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(250);

    private readonly IMemoryCap? _cap;

    private CappedServerProcess(EmbeddedServer server, IMemoryCap? cap)
    {
        Server = server;
        _cap = cap;
    }

    public EmbeddedServer Server { get; }

    /// <summary>Starts a server.</summary>
    /// <param name="options">What to serve.</param>
    /// <param name="plan">The cap; null for none.</param>
    /// <param name="cancellation">Stops the start.</param>
    /// <exception cref="EmbeddedServerException">It did not start.</exception>
    /// <exception cref="CapException">The machine does not permit the cap, or the cap would not hold.</exception>
    public static async Task<CappedServerProcess> StartAsync(EmbeddedServerOptions options, CapPlan? plan, CancellationToken cancellation)
    {
        if (plan is null)
            return new CappedServerProcess(await EmbeddedServer.StartAsync(options, cancellation).ConfigureAwait(false), null);
        await DropPageCacheAsync(options.ModelPath, cancellation).ConfigureAwait(false);
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
                    $"the embedded server did not even start within {new ByteSize(plan.Bytes)}: the kernel's oom_kill counter rose by {kills}");
            if (error is ArgumentException or InvalidOperationException)
                throw new EmbeddedServerException($"the embedded server ended before it was seen under its cap: {error.Message}");
            throw;
        }
    }

    /// <summary>Kills for want of memory that the kernel counted under the cap; null where there is no cap or it does not count.</summary>
    public long? OomKills => _cap?.ReadCounters().OomKills;

    public MemoryCounters ReadMemory() => MemoryCounters.Read(Server.ProcessId, _cap);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync().ConfigureAwait(false);
        if (_cap is not null)
            await _cap.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task DropPageCacheAsync(string modelPath, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            for (var patience = s_dropTimeout; ; patience -= s_pollInterval)
            {
                PageCache.Drop(modelPath);
                var (cached, length) = (PageCache.CachedBytes(modelPath), new FileInfo(modelPath).Length);
                if (cached <= length * MaxCachedShare)
                    return;
                if (patience <= TimeSpan.Zero)
                    throw new CapException(
                        $"{new ByteSize(cached)} of '{modelPath}' stay in the page cache because another process has them mapped; they would lie outside of the cap. End that process, or use a copy of the file");
                // A server that is just ending, or a file that was just written, lets go in a moment.
                await Task.Delay(s_pollInterval, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CapException(
                $"the cached pages of '{modelPath}' could not be dropped, and would lie outside of the cap: {error.Message}");
        }
    }
}
