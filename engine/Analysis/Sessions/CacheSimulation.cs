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
        var trace = _input.Trace;
        var cache = _input.Rules.CreateCache(trace, ram is null ? long.MaxValue : (long)(ram.Bytes / _input.BytesPerToken),
            storage is null ? 0 : (long)(storage.Bytes / _input.BytesPerToken));
        var requests = new RequestForecast[trace.Requests.Count];
        var (free, work, inRam, onStorage) = (0.0, 0.0, 0L, 0L);
        for (var i = 0; i < requests.Length; i++)
        {
            var request = trace.Requests[i];
            var reuse = cache.Serve(request, wasIdle: request.Arrival > free);
            (inRam, onStorage) = (inRam + reuse.RamBlocks, onStorage + reuse.StorageBlocks);
            var start = Math.Max(request.Arrival, free);
            requests[i] = new RequestForecast
            {
                Queue = start - request.Arrival,
                Load = Seconds(reuse.CopiedTokens, ram?.BytesPerSecond) + Seconds(reuse.LoadedTokens, storage?.BytesPerSecond),
                Compute = _input.Times.ComputeSeconds(reuse.Tokens, request.InputTokens),
                Rest = _input.Times.RestSeconds(request.InputTokens),
                ReusedTokens = reuse.Tokens,
                LoadedTokens = reuse.LoadedTokens,
            };
            var busy = requests[i].TtftWithoutQueue + _generation[i];
            (free, work) = (start + busy, work + busy);
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
            WrittenBytes = cache.WrittenTokens * _input.BytesPerToken,
            Requests = requests,
        };
    }

    private double Seconds(int tokens, long? bytesPerSecond) =>
        bytesPerSecond is { } rate ? tokens * _input.BytesPerToken / rate : 0;
}
