using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.OpenAi;

/// <summary>Reads the settings of vLLM's KV cache, which vLLM reports as labels of one Prometheus metric.</summary>
internal static class VllmCacheConfig
{
    private const string Metric = "vllm:cache_config_info";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private static readonly string[] s_labels = ["block_size", "cache_dtype", "enable_prefix_caching", "num_gpu_blocks", "num_cpu_blocks",
        "gpu_memory_utilization", "sliding_window"];

    /// <summary>Adds the settings that the server reports.</summary>
    public static async Task AddAsync(Dictionary<string, string> details, HttpAccess access, CancellationToken cancellation)
    {
        var (page, _) = await JsonCall.GetTextAsync(access, "metrics", s_timeout, cancellation).ConfigureAwait(false);
        if (page is null || MetricPage.Parse(page)[Metric] is not [var config, ..])
            return;
        foreach (var (name, value) in config.Labels)
        {
            if (s_labels.Contains(name))
                details[name] = access.Sanitize(value, 100);
        }
    }
}
