using MemoryWall.Targets.Http;
using static MemoryWall.Targets.Exporters.ExporterColumn;

namespace MemoryWall.Targets.Exporters;

/// <summary>The load of an inference server, by the names that vLLM and llama-server use. The engines of one server are added up; of
/// their caches the fullest counts.</summary>
internal static class InferenceServerColumns
{
    public static IEnumerable<ExporterColumn> Create(MetricPage page) =>
    [
        Gauge("server_running_requests", "vllm:num_requests_running or llamacpp:requests_processing", Of(state => state.RunningRequests)),
        Gauge("server_waiting_requests", "vllm:num_requests_waiting or llamacpp:requests_deferred", Of(state => state.WaitingRequests)),
        Gauge("server_kv_cache_usage_ratio", "vllm:kv_cache_usage_perc, vllm:gpu_cache_usage_perc or llamacpp:kv_cache_usage_ratio",
            Of(state => state.KvCacheUsage)),
        Counter("server_prompt_tokens_total", "vllm:prompt_tokens_total or llamacpp:prompt_tokens_total", Of(state => state.PromptTokens)),
        Counter("server_cached_tokens_total", "vllm:prefix_cache_hits_total or llamacpp:prompt_tokens_cached_total",
            Of(state => state.CachedTokens)),
        Counter("server_generated_tokens_total", "vllm:generation_tokens_total or llamacpp:tokens_predicted_total",
            Of(state => state.GeneratedTokens)),
        Counter("server_preemptions_total", "vllm:num_preemptions_total", Of(state => state.Preemptions)),
    ];

    private static Func<MetricPage, double?> Of(Func<ServerState, double?> read) =>
        page => ServerMetrics.Read(page) is { } state ? read(state) : null;
}
