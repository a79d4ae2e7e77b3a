using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Embedded;

/// <summary>Records whether the model was loaded before the first load, and restores that state at the end.</summary>
internal sealed class ModelStay(EmbeddedApi api)
{
    private const string Indefinite = "-1m";
    private const string Unload = "0s";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private string? _originalKeepAlive;
    private (EmbeddedRequestBuilder Requests, int Window)? _loaded;

    public async Task RecordOriginalAsync(CancellationToken cancellation) =>
        _originalKeepAlive ??= await api.FindRunningModelAsync(cancellation).ConfigureAwait(false) is null ? Unload : Indefinite;

    public void OnLoaded(EmbeddedRequestBuilder requests, int window) => _loaded = (requests, window);

    public async Task RestoreAsync()
    {
        // A user who stopped a run because the server hangs does not wait for it again.
        using var limit = new CancellationTokenSource(s_timeout);
        // If the model has been unloaded meanwhile, a request with keep_alive would load it again.
        if (_loaded is not var (requests, window)
            || await api.FindRunningModelAsync(limit.Token).ConfigureAwait(false) is null)
            return;
        _loaded = null;
        using var watch = new PhaseWatchdog(api.Access.Clock, new PhaseLimits { Load = s_timeout }, Phase.Load, CancellationToken.None);
        using var exchange = new Exchange(api.Access);
        await EmbeddedApi.LoadAsync(requests.SetKeepAlive(window, _originalKeepAlive ?? Unload), exchange, watch, static (_, _) => true)
            .ConfigureAwait(false);
    }
}
