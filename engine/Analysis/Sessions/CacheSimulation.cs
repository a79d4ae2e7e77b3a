namespace MemoryWall.Analysis.Sessions;

/// <summary>Plays a trace to one server with a cache. What does not depend on the cache is computed once.</summary>
internal sealed class CacheSimulation
{
    private readonly SessionForecastInput _input;
    private readonly double[] _generation;

    public CacheSimulation(SessionForecastInput input)
    {
        _input = input;
        _generation = [.. input.Trace.Requests.Select(request =>
            input.Times.GenerationSeconds(request.InputTokens, request.OutputTokens))];
    }

    /// <summary>Plays the trace.</summary>
    /// <param name="ram">RAM of the cache; null for no limit.</param>
    /// <param name="storage">Storage below it; null for none.</param>
    public CacheForecast Run(RamSize? ram, StorageSize? storage)
    {
        var (trace, blockBytes) = (_input.Trace, _input.BytesPerToken * _input.Trace.BlockTokens);
        var cache = new CacheHierarchy(trace.Blocks, ram is null ? long.MaxValue : (long)(ram.Bytes / blockBytes),
            storage is null ? 0 : (long)(storage.Bytes / blockBytes));
        var requests = new RequestForecast[trace.Requests.Count];
        var (free, work, inRam, onStorage) = (0.0, 0.0, 0L, 0L);
        IReadOnlyList<int> last = [];
        for (var i = 0; i < requests.Length; i++)
        {
            var request = trace.Requests[i];
            var resident = CountCommon(last, request.Blocks);
            var hits = cache.Serve(request.Blocks, resident);
            (inRam, onStorage) = (inRam + hits.Ram, onStorage + hits.Storage);
            // The last token is computed always, since its result begins the answer.
            var known = Math.Min(hits.Blocks * trace.BlockTokens, request.InputTokens - 1);
            known -= known % _input.Rules.ReuseTokens;
            var (copied, loaded) = CountMovedTokens(hits, Math.Min(resident * trace.BlockTokens, known), known);
            var start = Math.Max(request.Arrival, free);
            requests[i] = new RequestForecast
            {
                Queue = start - request.Arrival,
                Load = Seconds(copied, ram?.BytesPerSecond) + Seconds(loaded, storage?.BytesPerSecond),
                Compute = _input.Times.ComputeSeconds(known, request.InputTokens),
                Rest = _input.Times.RestSeconds(request.InputTokens),
                ReusedTokens = known,
                LoadedTokens = loaded,
            };
            var busy = requests[i].TtftWithoutQueue + _generation[i];
            (free, work) = (start + busy, work + busy);
            last = _input.Rules.KeepsLastPrompt ? request.Blocks : [];
        }
        return new CacheForecast
        {
            RamBytes = ram?.Bytes,
            RamBytesPerSecond = ram?.BytesPerSecond,
            Storage = storage,
            RamShare = (double)inRam / trace.Lookups,
            StorageShare = (double)onStorage / trace.Lookups,
            ReusedShare = (double)requests.Sum(request => (long)request.ReusedTokens)
                / trace.Requests.Sum(request => (long)request.InputTokens),
            Ttft = TimeQuantiles.Of([.. requests.Select(request => request.Ttft)]),
            TtftWithoutQueue = TimeQuantiles.Of([.. requests.Select(request => request.TtftWithoutQueue)]),
            Load = trace.Span > 0 ? work / trace.Span : null,
            LoadedBytes = requests.Sum(request => (long)request.LoadedTokens) * _input.BytesPerToken,
            WrittenBytes = cache.Written * blockBytes,
            Requests = requests,
        };
    }

    private static int CountCommon(IReadOnlyList<int> last, IReadOnlyList<int> prompt) =>
        last.Zip(prompt).TakeWhile(pair => pair.First == pair.Second).Count();

    private double Seconds(int tokens, long? bytesPerSecond) =>
        bytesPerSecond is { } rate ? tokens * _input.BytesPerToken / rate : 0;

    // What is beyond the reused tokens is not moved: the last token, and what does not fill a batch.
    private (int Copied, int Loaded) CountMovedTokens(BlockHits hits, int resident, int known)
    {
        var missing = hits.Blocks * _input.Trace.BlockTokens - known;
        var loaded = Math.Max(0, hits.Storage * _input.Trace.BlockTokens - (hits.IsLastFromStorage ? missing : 0));
        if (!_input.Rules.MovesWholePrefixes || known <= resident)
            return (Math.Max(0, known - loaded - resident), loaded);
        return loaded > 0 ? (0, known) : (known, 0);
    }
}
