using System.Text.Json;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.LlamaCpp;

/// <summary>Reads the load of llama.cpp's server from <c>/metrics</c> or <c>/slots</c>. Its options can turn off both.</summary>
internal sealed class LlamaCppStateReader(HttpAccess access, LlamaCppRouter router)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);
    private volatile bool _noMetrics;
    private volatile bool _noSlots;

    public async Task<ServerState?> ReadAsync(CancellationToken cancellation)
    {
        if (!_noMetrics)
        {
            var (state, isExposed) = await ServerMetrics.FetchAsync(access, cancellation, router.Path("metrics")).ConfigureAwait(false);
            _noMetrics = !isExposed;
            if (isExposed)
                return state;
        }
        return _noSlots ? null : await ReadSlotsAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether the slots speculate; false also where the server hides its slots.</summary>
    public async Task<bool> IsSpeculativeAsync(CancellationToken cancellation)
    {
        using var slots = await JsonCall.GetAsync(access, router.Path("slots"), cancellation, limit: s_timeout).ConfigureAwait(false);
        return slots.Root is { ValueKind: JsonValueKind.Array } list
            && list.EnumerateArray().Any(slot => ((JsonElement?)slot).IsTrue("speculative"));
    }

    private async Task<ServerState?> ReadSlotsAsync(CancellationToken cancellation)
    {
        using var slots = await JsonCall.GetAsync(access, router.Path("slots"), cancellation, limit: s_timeout).ConfigureAwait(false);
        _noSlots = slots.Status is >= 400 and not 503;
        return slots.Root is { ValueKind: JsonValueKind.Array } list
            ? new ServerState { RunningRequests = list.EnumerateArray().Count(slot => ((JsonElement?)slot).IsTrue("is_processing")) }
            : null;
    }
}
