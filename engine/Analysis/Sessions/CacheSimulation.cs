namespace MemoryWall.Analysis.Sessions;

/// <summary>Plays a trace to one server with a cache. What does not depend on the cache is computed once.</summary>
internal sealed class CacheSimulation
{
    private readonly SessionForecastInput _input;
    private readonly double[] _prefill;
    private readonly double[] _generation;

    public CacheSimulation(SessionForecastInput input)
    {
        var (requests, times) = (input.Trace.Requests, input.Times);
        _input = input;
        _prefill = [.. requests.Select(request => times.PrefillSeconds(request.InputTokens))];
        _generation = [.. requests.Select(request => times.GenerationSeconds(request.InputTokens, request.OutputTokens))];
    }

    /// <summary>Plays the trace.</summary>
    /// <param name="ramBytes">RAM of the cache; null for no limit.</param>
    /// <param name="storage">Storage below it; null for none.</param>
    public CacheForecast Run(long? ramBytes, StorageSize? storage)
    {
        var (trace, blockBytes) = (_input.Trace, _input.BytesPerToken * _input.Trace.BlockTokens);
        var cache = new CacheHierarchy(trace.Blocks, ramBytes is { } ram ? (long)(ram / blockBytes) : long.MaxValue,
            storage is null ? 0 : (long)(storage.Bytes / blockBytes));
        var (ttft, withoutQueue) = (new double[trace.Requests.Count], new double[trace.Requests.Count]);
        var (free, work, loaded, inRam, onStorage, reused) = (0.0, 0.0, 0.0, 0L, 0L, 0L);
        IReadOnlyList<int> last = [];
        for (var i = 0; i < trace.Requests.Count; i++)
        {
            var request = trace.Requests[i];
            var hits = cache.Serve(request.Blocks, CountCommon(last, request.Blocks));
            (inRam, onStorage) = (inRam + hits.Ram, onStorage + hits.Storage);
            // The last token is computed always, since its result begins the answer.
            var known = Math.Min(hits.Blocks * trace.BlockTokens, request.InputTokens - 1);
            known -= known % _input.Rules.ReuseTokens;
            var bytes = CountLoadedTokens(hits, known) * _input.BytesPerToken;
            var load = storage is null ? 0 : bytes / storage.BytesPerSecond;
            var first = load + Math.Max(0, _prefill[i] - _input.Times.PrefillSeconds(known)) + _input.Times.FirstTokenSeconds;
            var start = Math.Max(request.Arrival, free);
            (withoutQueue[i], ttft[i]) = (first, start - request.Arrival + first);
            free = start + first + _generation[i];
            (work, loaded, reused) = (work + first + _generation[i], loaded + bytes, reused + known);
            last = _input.Rules.KeepsLastPrompt ? request.Blocks : [];
        }
        return new CacheForecast
        {
            RamBytes = ramBytes,
            Storage = storage,
            RamShare = (double)inRam / trace.Lookups,
            StorageShare = (double)onStorage / trace.Lookups,
            ReusedShare = (double)reused / trace.Requests.Sum(request => (long)request.InputTokens),
            Ttft = TimeQuantiles.Of(ttft),
            TtftWithoutQueue = TimeQuantiles.Of(withoutQueue),
            Load = trace.Span > 0 ? work / trace.Span : null,
            LoadedBytes = loaded,
            WrittenBytes = cache.Written * blockBytes,
        };
    }

    private static int CountCommon(IReadOnlyList<int> last, IReadOnlyList<int> prompt) =>
        last.Zip(prompt).TakeWhile(pair => pair.First == pair.Second).Count();

    // What is beyond the reused tokens is not loaded: the last token, and what does not fill a batch.
    private int CountLoadedTokens(BlockHits hits, int known)
    {
        var missing = hits.Blocks * _input.Trace.BlockTokens - known;
        return Math.Max(0, hits.Storage * _input.Trace.BlockTokens - (hits.IsLastFromStorage ? missing : 0));
    }
}
