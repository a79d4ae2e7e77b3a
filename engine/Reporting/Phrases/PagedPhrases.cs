using MemoryWall.Models.Paged;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for the forecast of a paged cache.</summary>
internal static class PagedPhrases
{
    /// <summary>What a forecast was computed for.</summary>
    public static string FormatHeading(PagedForecast forecast) =>
        $"{forecast.Model} in {FormatEngine(forecast)}, {(forecast.Gpus == 1 ? "1 GPU" : $"{forecast.Gpus} GPUs")}, "
        + $"{NumberFormat.Bytes(forecast.TokenBytes)} of cache a token and GPU, blocks of {forecast.BlockTokens}";

    /// <summary>What the cache holds, in the words of the server's log.</summary>
    public static string FormatTokens(PagedForecast forecast) => forecast.Engine == "vllm"
        ? $"GPU KV cache size: {NumberFormat.Tokens(forecast.Tokens)} tokens in {NumberFormat.Tokens(forecast.Blocks)} blocks."
        : $"max_total_num_tokens: {NumberFormat.Tokens(forecast.Tokens)}.";

    /// <summary>What is an estimate, and what is exact.</summary>
    public static string FormatEstimate(PagedForecast forecast) => !forecast.IsEstimate
        ? "The memory of the cache was given; the number of tokens follows from it exactly."
        : "The memory of the cache is an estimate, and so are the tokens: the server measures its activations and the driver's part when "
            + "it starts. With --kv-cache-memory, the value of its log, the number of tokens is exact.";

    /// <summary>What is said about layers with a sliding window; null without them.</summary>
    public static string? FormatMixed(PagedForecast forecast) => !forecast.IsMixed ? null
        : forecast.Engine == "vllm"
            ? "Layers with a sliding window share the blocks. Newer versions of vLLM print the requests at once times --max-model-len "
                + "instead."
            : "Layers with a sliding window have 0.8 tokens for each token of the others, SGLang's default.";

    /// <summary>How a server spells itself.</summary>
    public static string FormatEngine(PagedForecast forecast) => forecast.Engine == "vllm" ? "vLLM" : "SGLang";
}
