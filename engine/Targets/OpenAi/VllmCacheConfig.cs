using System.Text.RegularExpressions;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.OpenAi;

/// <summary>Reads the settings of vLLM's KV cache, which vLLM reports as labels of one Prometheus metric.</summary>
internal static partial class VllmCacheConfig
{
    private const string Metric = "vllm:cache_config_info{";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private static readonly string[] s_labels = ["block_size", "cache_dtype", "enable_prefix_caching", "num_gpu_blocks", "num_cpu_blocks",
        "gpu_memory_utilization", "sliding_window"];

    /// <summary>Adds the settings that the server reports.</summary>
    public static async Task AddAsync(Dictionary<string, string> details, HttpAccess access, CancellationToken cancellation)
    {
        var (page, _) = await JsonCall.GetTextAsync(access, "metrics", s_timeout, cancellation).ConfigureAwait(false);
        var line = page?.Split('\n').FirstOrDefault(line => line.StartsWith(Metric, StringComparison.Ordinal));
        foreach (Match label in Label().Matches(line ?? ""))
        {
            if (s_labels.Contains(label.Groups[1].Value))
                details[label.Groups[1].Value] = access.Sanitize(label.Groups[2].Value, 100);
        }
    }

    [GeneratedRegex("([a-z_]+)=\"([^\"]*)\"", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Label();
}
