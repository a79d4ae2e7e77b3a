using MemoryWall.Facts;
using MemoryWall.Targets.Http;
using MemoryWall.Time;

namespace MemoryWall.Targets.Ollama;

/// <summary>Remembers whether the model was loaded before the first load, and leaves it so: unloaded, or kept as long as it was.</summary>
internal sealed class KeepAliveGuard(OllamaCalls calls, RunClock clock)
{
    private const string ForEver = "-1m";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);
    private bool _asked;
    private string _before = "0s";
    private (OllamaRequests Requests, int Window)? _loaded;

    public async Task BeforeLoadAsync(CancellationToken cancellation)
    {
        if (_asked)
            return;
        _asked = true;
        if (await calls.RunningAsync(cancellation).ConfigureAwait(false) is not { } running)
            return;
        // A pinned model shows an end of its stay some centuries away. What is left of another's stay is the nearest that is told of how long it was to be.
        var left = running.ExpiresAt.ToUniversalTime() - TimeProvider.System.GetUtcNow().UtcDateTime;
        _before = left > TimeSpan.FromDays(3650) ? ForEver : FormattableString.Invariant($"{Math.Max(1, Math.Ceiling(left.TotalSeconds)):0}s");
    }

    public void Loaded(OllamaRequests requests, int window) => _loaded = (requests, window);

    public async Task RestoreAsync()
    {
        // Where the model has gone meanwhile, a request about its stay would load it again.
        if (_loaded is not var (requests, window) || await calls.RunningAsync(CancellationToken.None).ConfigureAwait(false) is null)
            return;
        _loaded = null;
        using var watch = new PhaseWatch(clock, new PhaseLimits { Load = s_limit }, Phase.Load, CancellationToken.None);
        using var exchange = new Exchange(calls.Access) { Observer = static (_, _) => true };
        await calls.GenerateAsync(requests.Keep(window, _before), exchange, watch).ConfigureAwait(false);
    }
}
