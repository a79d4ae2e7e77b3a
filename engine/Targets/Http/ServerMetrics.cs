namespace MemoryWall.Targets.Http;

/// <summary>Reads the load of a server from its <c>/metrics</c>, by the names that vLLM and llama.cpp's server use.</summary>
internal static class ServerMetrics
{
    // Requested between trials, never during one. A busy server may answer only between two batches.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    /// <summary>Requests the page and reads it.</summary>
    /// <param name="access">The server.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="path">The page's path.</param>
    /// <returns>The state, null where the page has none of these metrics or did not arrive in time; and whether the server has the page
    /// at all.</returns>
    public static async Task<(ServerState? State, bool IsExposed)> FetchAsync(HttpAccess access, CancellationToken cancellation,
        string path = "metrics")
    {
        var (page, status) = await JsonCall.GetTextAsync(access, path, s_timeout, cancellation).ConfigureAwait(false);
        var state = page is null ? null : Parse(page);
        // A server that refused or sent something else is not asked again. A page that was too late may arrive the next time.
        return (state, state is not null || (page is null && status is null or (>= 200 and < 300) or 503));
    }

    /// <summary>The state on a page; null where it has none of the known metrics.</summary>
    public static ServerState? Parse(string page) => Read(MetricPage.Parse(page));

    /// <summary>The state on a page that is read already; null where it has none of the known metrics.</summary>
    public static ServerState? Read(MetricPage page)
    {
        var state = new ServerState
        {
            RunningRequests = (int?)Sum(page, int.MaxValue, "vllm:num_requests_running", "llamacpp:requests_processing"),
            WaitingRequests = (int?)Sum(page, int.MaxValue, "vllm:num_requests_waiting", "llamacpp:requests_deferred"),
            PromptTokens = Sum(page, long.MaxValue, "vllm:prompt_tokens_total", "llamacpp:prompt_tokens_total"),
            CachedTokens = Sum(page, long.MaxValue, "vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total",
                "llamacpp:prompt_tokens_cached_total"),
            GeneratedTokens = Sum(page, long.MaxValue, "vllm:generation_tokens_total", "llamacpp:tokens_predicted_total"),
            DraftTokens = Sum(page, long.MaxValue, "vllm:spec_decode_num_draft_tokens_total",
                "llamacpp:spec_decode_num_draft_tokens_total"),
            AcceptedDraftTokens = Sum(page, long.MaxValue, "vllm:spec_decode_num_accepted_tokens_total",
                "llamacpp:spec_decode_num_accepted_tokens_total"),
            Preemptions = Sum(page, long.MaxValue, "vllm:num_preemptions_total"),
            KvCacheUsage = Ratio(
                page.ReadFinite("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "llamacpp:kv_cache_usage_ratio")),
        };
        return state == new ServerState() ? null : state;
    }

    // Prometheus counters are doubles; a value above the integer range is not a count.
    private static long? Sum(MetricPage page, long max, params ReadOnlySpan<string> names)
    {
        var samples = page.ReadFinite(names);
        var sum = samples.Sum();
        return samples.Count > 0 && sum >= 0 && sum < max ? (long)Math.Round(sum) : null;
    }

    // Each engine has its own cache, and the fullest cache delays requests.
    private static double? Ratio(IReadOnlyList<double> samples) =>
        samples.Count > 0 && samples.Max() is >= 0 and <= 1 and var ratio ? ratio : null;
}
