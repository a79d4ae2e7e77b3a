using System.Globalization;

namespace MemoryWall.ScriptedServer;

/// <summary>A server's counters, as llama.cpp's server and vLLM report them at <c>/metrics</c>.</summary>
public sealed class ScriptedMetrics
{
    private readonly Lock _gate = new();
    private long _prompt;
    private long _cached;
    private long _generated;
    private long _drafted;
    private long _accepted;

    /// <summary>Requests of other clients, always running.</summary>
    public int Others { get; init; }

    /// <summary>Tokens of other clients that it generates during each request.</summary>
    public int OthersTokens { get; init; }

    /// <summary>Text before the page.</summary>
    public string Noise { get; init; } = "";

    /// <summary>llama.cpp's page. It does not count cached prompt tokens as prompt tokens.</summary>
    public string LlamaCpp()
    {
        lock (_gate)
        {
            return Noise + Lines(
                ("llamacpp:prompt_tokens_total", _prompt - _cached), ("llamacpp:prompt_tokens_cached_total", _cached),
                ("llamacpp:tokens_predicted_total", _generated),
                ("llamacpp:spec_decode_num_draft_tokens_total", _drafted),
                ("llamacpp:spec_decode_num_accepted_tokens_total", _accepted),
                ("llamacpp:requests_processing", Others), ("llamacpp:requests_deferred", 0));
        }
    }

    /// <summary>vLLM's page: a sample for each engine and model, in floating point.</summary>
    public string Vllm()
    {
        const string labels = "{engine=\"0\",model_name=\"a } b\"}";
        lock (_gate)
        {
            return Noise + Lines(
                ($"vllm:num_requests_running{labels}", Others), ($"vllm:num_requests_waiting{labels}", 0),
                ($"vllm:kv_cache_usage_perc{labels}", 0.25),
                ($"vllm:prefix_cache_hits_total{labels}", _cached), ($"vllm:prompt_tokens_total{labels}", _prompt),
                ($"vllm:generation_tokens_total{labels}", _generated),
                ($"vllm:generation_tokens_created{labels}", 1.7e9), ($"vllm:num_preemptions_total{labels}", 0),
                ($"vllm:spec_decode_num_draft_tokens_total{labels}", _drafted),
                ($"vllm:spec_decode_num_accepted_tokens_total{labels}", _accepted));
        }
    }

    internal void Count(int prompt, int cached, int generated, (int Drafted, int Accepted)? draft = null)
    {
        lock (_gate)
        {
            _drafted += draft?.Drafted ?? 0;
            _accepted += draft?.Accepted ?? 0;
            _prompt += prompt;
            _cached += cached;
            _generated += generated + OthersTokens;
        }
    }

    private static string Lines(params ReadOnlySpan<(string Name, double Value)> samples)
    {
        var page = "";
        foreach (var (name, value) in samples)
            page += string.Create(CultureInfo.InvariantCulture,
                $"# HELP {name.Split('{')[0]} Words.\n# TYPE {name.Split('{')[0]} counter\n{name} {value:0.0###}\n");
        return page;
    }
}
