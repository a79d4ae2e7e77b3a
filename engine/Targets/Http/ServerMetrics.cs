namespace MemoryWall.Targets.Http;

/// <summary>A server's <c>/metrics</c> as one state, by the names that vLLM and llama.cpp's server give them.</summary>
internal static class ServerMetrics
{
    // Beside a trial, never in it; a server at work may answer between two batches only.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    /// <summary>Asks for the page and reads it.</summary>
    /// <returns>The state, null where the page has none of these metrics or did not come in time; and whether the server has such a page at
    /// all.</returns>
    public static async Task<(ServerState? State, bool IsExposed)> FetchAsync(HttpAccess access, CancellationToken cancellation)
    {
        var (page, status) = await JsonCall.GetTextAsync(access, "metrics", s_timeout, cancellation).ConfigureAwait(false);
        var state = page is null ? null : Parse(page);
        // Not asked again where it refused or showed something else; a page that came too late may come the next time.
        return (state, state is not null || (page is null && status is null or (>= 200 and < 300) or 503));
    }

    /// <summary>The state on a page; null where it has none of the metrics known.</summary>
    public static ServerState? Parse(string page)
    {
        var state = new ServerState
        {
            RunningRequests = (int?)Sum(page, int.MaxValue, "vllm:num_requests_running", "llamacpp:requests_processing"),
            WaitingRequests = (int?)Sum(page, int.MaxValue, "vllm:num_requests_waiting", "llamacpp:requests_deferred"),
            PromptTokens = Sum(page, long.MaxValue, "vllm:prompt_tokens_total", "llamacpp:prompt_tokens_total"),
            CachedTokens = Sum(page, long.MaxValue, "vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total",
                "llamacpp:prompt_tokens_cached_total"),
            GeneratedTokens = Sum(page, long.MaxValue, "vllm:generation_tokens_total", "llamacpp:tokens_predicted_total"),
            Preemptions = Sum(page, long.MaxValue, "vllm:num_preemptions_total"),
            KvCacheUsage = Ratio(
                PrometheusText.ReadSamples(page, "vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "llamacpp:kv_cache_usage_ratio")),
        };
        return state == new ServerState() ? null : state;
    }

    // Counters are doubles there; one past what a whole number can be is no count.
    private static long? Sum(string page, long max, params ReadOnlySpan<string> names)
    {
        var samples = PrometheusText.ReadSamples(page, names);
        var sum = samples.Sum();
        return samples.Count > 0 && sum >= 0 && sum < max ? (long)Math.Round(sum) : null;
    }

    // Engines have a cache each: the fullest one is what holds requests up.
    private static double? Ratio(IReadOnlyList<double> samples) =>
        samples.Count > 0 && samples.Max() is >= 0 and <= 1 and var ratio ? ratio : null;
}
