using System.Text.Json;

namespace MemoryWall.Audit.Readers;

/// <summary>
/// <c>vllm bench serve --save-result</c> (vLLM, <c>vllm/benchmarks/serve.py</c>; SGLang's <c>bench_serving</c> writes nearly the same): one
/// object, or one a line. With <c>--save-detailed</c> each request is a record too.
/// </summary>
internal sealed class VllmReader : IResultReader
{
    public AuditedFile? Read(ResultText text)
    {
        var benchmarks = text.Items.Where(IsBenchmark).ToList();
        if (benchmarks.Count == 0)
            return null;
        var records = benchmarks.SelectMany(benchmark => ReadRequests(benchmark).Prepend(ReadSummary(benchmark)))
            .Select((record, place) => record with { Number = place + 1 });
        return new AuditedFile { Name = text.Name, Tool = "vllm", Records = [.. records] };
    }

    private static bool IsBenchmark(JsonElement item) =>
        item.Has("output_throughput") && item.Has("duration") && (item.Has("total_output_tokens") || item.Has("completed"));

    private static AuditRecord ReadSummary(JsonElement item)
    {
        var completed = item.Number("completed");
        var asked = item.Number("num_prompts") ?? completed + item.Number("failed");
        var requestRate = item.Text("request_rate") ?? FormattableString.Invariant($"{item.Number("request_rate"):0.##}");
        return new AuditRecord
        {
            Number = 0,
            Kind = RecordKind.Aggregate,
            Model = item.Text("model_id"),
            Test = FormattableString.Invariant($"{asked:0} prompts at {requestRate} a second")
                + (item.Number("max_concurrency") is { } most ? FormattableString.Invariant($", concurrency {most:0}") : ""),
            PromptTokensAsked = item.Number("random_input_len"),
            OutputTokensAsked = item.Number("random_output_len"),
            PromptTokens = Mean(item.Number("total_input_tokens"), completed),
            OutputTokens = Mean(item.Number("total_output_tokens"), completed),
            CachedTokens = Mean(item.Number("total_cached_tokens") ?? item.Number("prefix_cache_hits"), completed),
            TotalOutputTokens = item.Number("total_output_tokens"),
            TtftSeconds = (item.Number("median_ttft_ms") ?? item.Number("mean_ttft_ms")) / 1000,
            DurationSeconds = item.Number("duration"),
            GenerationTps = (item.Number("median_tpot_ms") ?? item.Number("mean_tpot_ms")) is > 0 and var tpot ? 1000 / tpot : null,
            OutputTps = item.Number("output_throughput"),
            TotalTps = item.Number("total_token_throughput"),
            PeakOutputTps = item.Number("max_output_tokens_per_s"),
            Requests = asked,
            Failed = item.Number("failed") ?? (asked - completed),
            Succeeded = completed > 0,
            Concurrency = item.Number("max_concurrency") ?? item.Number("max_concurrent_requests"),
        };
    }

    private static IEnumerable<AuditRecord> ReadRequests(JsonElement item)
    {
        var (inputs, outputs, firsts) = (item.List("input_lens"), item.List("output_lens"), item.List("ttfts"));
        var (gaps, errors, starts) = (item.List("itls"), item.List("errors"), item.List("start_times"));
        for (var i = 0; i < Math.Min(inputs.Count, outputs.Count); i++)
        {
            var error = Text(errors, i);
            var between = i < gaps.Count && gaps[i].ValueKind == JsonValueKind.Array
                ? gaps[i].EnumerateArray().Select(Value).OfType<double>().ToList()
                : [];
            yield return new AuditRecord
            {
                Number = 0,
                Kind = RecordKind.Request,
                Model = item.Text("model_id"),
                PromptTokensAsked = item.Number("random_input_len"),
                PromptTokens = Value(inputs[i]),
                OutputTokensAsked = item.Number("random_output_len"),
                OutputTokens = Value(outputs[i]),
                TtftSeconds = i < firsts.Count ? Value(firsts[i]) : null,
                GenerationSeconds = between.Count > 0 ? between.Sum() : null,
                Succeeded = string.IsNullOrEmpty(error),
                Error = string.IsNullOrEmpty(error) ? null : error,
                Concurrency = item.Number("max_concurrency"),
                StartedSeconds = i < starts.Count ? Value(starts[i]) : null,
            };
        }
    }

    private static double? Mean(double? total, double? count) => count > 0 ? total / count : null;

    private static double? Value(JsonElement element) => element.Number();

    private static string? Text(IReadOnlyList<JsonElement> list, int i) =>
        i < list.Count && list[i].ValueKind == JsonValueKind.String ? list[i].GetString() : null;
}
