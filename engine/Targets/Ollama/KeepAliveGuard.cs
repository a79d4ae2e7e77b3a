using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Ollama;

/// <summary>Records whether, and for how long, the model was loaded before the first load, and restores that state at the end.</summary>
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
        // A model without an expiry has an expires_at some centuries away. For others the server reports only the remaining time.
        var left = running.ExpiresAt.ToUniversalTime() - TimeProvider.System.GetUtcNow().UtcDateTime;
        _originalKeepAlive = left > TimeSpan.FromDays(3650)
            ? Indefinite
            : FormattableString.Invariant($"{Math.Max(1, Math.Ceiling(left.TotalSeconds)):0}s");
    }

    public void OnLoaded(OllamaRequestBuilder requests, int window) => _loaded = (requests, window);

    public async Task RestoreAsync()
    {
        // A user who stopped a run because the server hangs does not wait for it again.
        using var limit = new CancellationTokenSource(s_timeout);
        // If the model has been unloaded meanwhile, a request with keep_alive would load it again.
        if (_loaded is not var (requests, window)
            || await client.FindRunningModelAsync(limit.Token).ConfigureAwait(false) is null)
            return;
        _loaded = null;
        using var watch = new PhaseWatchdog(clock, new PhaseLimits { Load = s_timeout }, Phase.Load, CancellationToken.None);
        using var exchange = new Exchange(client.Access);
        await OllamaClient.LoadAsync(requests.SetKeepAlive(window, _originalKeepAlive), exchange, watch, static (_, _) => true)
            .ConfigureAwait(false);
    }
}
