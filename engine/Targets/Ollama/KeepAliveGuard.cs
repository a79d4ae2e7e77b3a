using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Ollama;

/// <summary>Remembers whether the model was loaded before the first load, and leaves it so: unloaded, or kept as long as it was.</summary>
internal sealed class KeepAliveGuard(OllamaClient client, RunClock clock)
{
    private const string Indefinite = "-1m";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private bool _isRecorded;
    private string _originalKeepAlive = "0s";
    private (OllamaRequestBuilder Requests, int Window)? _loaded;

    public async Task RecordOriginalAsync(CancellationToken cancellation)
    {
        if (_isRecorded)
            return;
        _isRecorded = true;
        if (await client.FindRunningModelAsync(cancellation).ConfigureAwait(false) is not { } running)
            return;
        // A pinned model shows an end of its stay some centuries away. For others the server reports only what is left of their stay.
        var left = running.ExpiresAt.ToUniversalTime() - TimeProvider.System.GetUtcNow().UtcDateTime;
        _originalKeepAlive = left > TimeSpan.FromDays(3650)
            ? Indefinite
            : FormattableString.Invariant($"{Math.Max(1, Math.Ceiling(left.TotalSeconds)):0}s");
    }

    public void OnLoaded(OllamaRequestBuilder requests, int window) => _loaded = (requests, window);

    public async Task RestoreAsync()
    {
        // Where the model was unloaded meanwhile, a request about its stay would load it again.
        if (_loaded is not var (requests, window)
            || await client.FindRunningModelAsync(CancellationToken.None).ConfigureAwait(false) is null)
            return;
        _loaded = null;
        using var watch = new PhaseWatchdog(clock, new PhaseLimits { Load = s_timeout }, Phase.Load, CancellationToken.None);
        using var exchange = new Exchange(client.Access);
        await OllamaClient.LoadAsync(requests.SetKeepAlive(window, _originalKeepAlive), exchange, watch, static (_, _) => true)
            .ConfigureAwait(false);
    }
}
