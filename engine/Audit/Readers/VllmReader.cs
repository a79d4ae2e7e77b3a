using System.Text.Json;

namespace MemoryWall.Audit.Readers;

/// <summary>
/// <c>vllm bench serve --save-result</c> (vLLM, <c>vllm/benchmarks/serve.py</c>) and SGLang's <c>bench_serving</c>, which writes nearly the
/// same: one object, or one a line, also with some of its values only. With <c>--save-detailed</c> each request is a record too.
/// </summary>
internal sealed class VllmReader : IResultReader
{
    private static readonly string[] s_results =
        ["mean_ttft_ms", "median_ttft_ms", "mean_tpot_ms", "median_tpot_ms", "mean_itl_ms", "mean_e2el_ms", "mean_e2e_latency_ms",
            "output_throughput", "total_token_throughput"];

    private static readonly string[] s_settings =
        ["model_id", "tokenizer_id", "backend", "endpoint_type", "num_prompts", "completed", "duration", "total_input_tokens",
            "request_throughput"];

    public AuditedFile? Read(ResultText text)
    {
        var benchmarks = text.Items.Where(IsBenchmark).ToList();
        if (benchmarks.Count == 0)
            return null;
        var records = benchmarks.SelectMany(benchmark => ReadRequests(benchmark).Prepend(ReadSummary(benchmark)))
            .Select((record, place) => record with { Number = place + 1 });
        var isSglang = benchmarks.All(benchmark => ServingSummary.IsSglang(name => benchmark.Number(name), name => benchmark.Text(name)));
        return new AuditedFile { Name = text.Name, Tool = isSglang ? "sglang" : "vllm", Records = [.. records] };
    }

    private static bool IsBenchmark(JsonElement item) =>
        s_results.Any(name => item.Number(name) is not null) && s_settings.Any(name => item.Has(name));

    private static AuditRecord ReadSummary(JsonElement item) =>
        ServingSummary.Create(name => item.Number(name), name => item.Text(name));

    private static IEnumerable<AuditRecord> ReadRequests(JsonElement item)
    {
        var (inputs, outputs, firsts) = (item.List("input_lens"), item.List("output_lens"), item.List("ttfts"));
        var (gaps, errors, starts) = (item.List("itls"), item.List("errors"), item.List("start_times"));
        var (input, output) = ServingSummary.RequestedLengths(name => item.Number(name), name => item.Text(name));
        var concurrency = ServingSummary.Concurrency(name => item.Number(name), name => item.Text(name));
        for (var i = 0; i < Math.Min(inputs.Count, outputs.Count); i++)
        {
            var error = Text(errors, i);
            var between = i < gaps.Count && gaps[i].ValueKind == JsonValueKind.Array
                ? gaps[i].EnumerateArray().Select(Value).OfType<double>().ToList()
                : [];
            // Older versions say nothing of a request that failed but that it has no output.
            var isEmpty = errors.Count == 0 && Value(outputs[i]) is 0 && (i >= firsts.Count || Value(firsts[i]) is null or 0);
            yield return new AuditRecord
            {
                Number = 0,
                Kind = RecordKind.Request,
                Model = item.Text("model_id"),
                PromptTokensAsked = input,
                PromptTokens = Value(inputs[i]),
                OutputTokensAsked = output,
                OutputTokens = Value(outputs[i]),
                TtftSeconds = i < firsts.Count ? Value(firsts[i]) : null,
                GenerationSeconds = between.Count > 0 ? between.Sum() : null,
                Succeeded = isEmpty ? null : string.IsNullOrEmpty(error),
                Error = string.IsNullOrEmpty(error) ? null : error,
                Concurrency = concurrency,
                StartedSeconds = i < starts.Count ? Value(starts[i]) : null,
            };
        }
    }

    private static double? Value(JsonElement element) => element.Number();

    private static string? Text(IReadOnlyList<JsonElement> list, int i) =>
        i < list.Count && list[i].ValueKind == JsonValueKind.String ? list[i].GetString() : null;
}
