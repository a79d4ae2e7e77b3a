using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MemoryWall.Audit.Readers;

/// <summary>
/// guidellm's <c>benchmarks.json</c> or <c>.yaml</c> (<c>GenerativeBenchmarksReport</c>, 0.3 and later): one record for each benchmark,
/// one for each of its requests that the file contains.
/// </summary>
internal sealed class GuideLlmReader : IResultReader
{
    private static readonly Regex s_field = new(@"\b(\w+)[""\\]*\s*[=:]\s*(\d+)",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private const string Ttft = "time_to_first_token_ms";

    private static readonly Regex s_yaml = new(@"(?m)^benchmarks:", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    public AuditedFile? Read(ResultText text)
    {
        List<JsonElement> benchmarks = [.. FindReports(text).SelectMany(report => report.List("benchmarks"))
            .Where(benchmark => benchmark.Has("metrics"))];
        if (benchmarks.Count == 0)
            return null;
        var records = benchmarks.SelectMany(benchmark => ReadRequests(benchmark).Prepend(ReadSummary(benchmark)))
            .Select((record, place) => record with { Number = place + 1 });
        return new AuditedFile { Name = text.Name, Tool = "guidellm", Records = [.. records] };
    }

    private static IEnumerable<JsonElement> FindReports(ResultText text)
    {
        var yaml = text.Documents.Count == 0 && s_yaml.IsMatch(text.Text) ? YamlJson.Convert(text.Text) : null;
        return yaml is null ? text.Documents : ResultText.FromText(text.Name, yaml).Documents;
    }

    private static AuditRecord ReadSummary(JsonElement benchmark)
    {
        // A distribution without values is written as zeros; some have a count.
        double? Metric(string name, string statistic = "mean") =>
            benchmark.Number("metrics", name, "successful", "count") is 0
            || benchmark.Number("metrics", name, "successful", "max") is 0 && !(name == Ttft && IsCounted(name))
                ? null
                : benchmark.Number("metrics", name, "successful", statistic);
        // A time to the first token of 0 among successes is a fault of the measurement, and no absent value.
        bool IsCounted(string name) => benchmark.Number("metrics", name, "successful", "count") > 0;
        double? Count(string kind) =>
            benchmark.Number("metrics", "request_totals", kind) ?? benchmark.Number("run_stats", "requests_made", kind);
        var (good, bad, cut) = (Count("successful"), Count("errored"), Count("incomplete"));
        var (asked, askedOutput) = RequestedTokens(benchmark);
        return new AuditRecord
        {
            Number = 0,
            Kind = RecordKind.Aggregate,
            Model = benchmark.Text("config", "backend", "model") ?? benchmark.Text("worker", "backend_model"),
            Test = Strategy(benchmark),
            PromptTokensAsked = asked,
            OutputTokensAsked = askedOutput,
            PromptTokens = Metric("prompt_token_count"),
            OutputTokens = Metric("output_token_count"),
            CachedTokens = Metric("cached_token_count") ?? Metric("prompt_cached_token_count"),
            TotalOutputTokens = Metric("output_token_count", "total_sum"),
            TtftSeconds = Metric(Ttft, "median") / 1000,
            TpotSeconds = Metric("inter_token_latency_ms", "median") / 1000,
            DurationSeconds = benchmark.Number("duration") ?? benchmark.Number("end_time") - benchmark.Number("start_time"),
            GenerationTps = Metric("inter_token_latency_ms", "median") is > 0 and var itl ? 1000 / itl : null,
            OutputTps = Metric("output_tokens_per_second"),
            TotalTps = Metric("tokens_per_second"),
            Requests = Count("total") ?? good + bad + cut,
            Failed = bad,
            Succeeded = good is { } count ? count > 0 : null,
            Concurrency = Metric("request_concurrency"),
        };
    }

    private static IEnumerable<AuditRecord> ReadRequests(JsonElement benchmark)
    {
        var (asked, askedOutput) = RequestedTokens(benchmark);
        foreach (var (kind, succeeded) in new[] { ("successful", true), ("errored", false) })
        {
            foreach (var request in benchmark.List("requests", kind))
                yield return new AuditRecord
                {
                    Number = 0,
                    Kind = RecordKind.Request,
                    PromptTokensAsked = asked,
                    PromptTokens = request.Number("prompt_tokens"),
                    CachedTokens = request.Number("cached_tokens"),
                    OutputTokensAsked = askedOutput,
                    OutputTokens = request.Number("output_tokens"),
                    TtftSeconds = request.Number("time_to_first_token_ms") / 1000,
                    DurationSeconds = request.Number("request_latency"),
                    GenerationTps = request.Number("inter_token_latency_ms") is > 0 and var itl ? 1000 / itl : null,
                    Succeeded = succeeded,
                    Error = request.Text("info", "error") ?? request.Text("error"),
                    Concurrency = benchmark.Number("metrics", "request_concurrency", "successful", "mean"),
                    StartedSeconds = request.Number("request_start_time") ?? request.Number("start_time"),
                };
        }
    }

    private static string? Strategy(JsonElement benchmark)
    {
        var strategy = benchmark.At("config", "strategy") ?? benchmark.At("args", "strategy");
        return strategy is not { } known
            ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"{known.Text("type_") ?? known.Text("kind")} "
                    + $"{known.Number("rate") ?? known.Number("streams") ?? known.Number("max_concurrency"):0.##}").Trim();
    }

    // prompt_tokens=512,output_tokens=256 with its spread, or the same as JSON. Where lengths vary by design there is no
    // requested length.
    private static (double? Prompt, double? Output) RequestedTokens(JsonElement benchmark)
    {
        var data = (benchmark.At("config", "requests", "data") ?? benchmark.At("request_loader", "data"))?.ToString() ?? "";
        // Prefixes and turns come on top of the length.
        double? Find(string name) => data.Contains("prefix", StringComparison.Ordinal) || data.Contains("turns", StringComparison.Ordinal)
            ? null
            : FindFixedValue(data, name);
        return (Find("prompt_tokens"), Find("output_tokens"));
    }

    private static double? FindFixedValue(string data, string name)
    {
        var fields = s_field.Matches(data).ToLookup(match => match.Groups[1].Value, match => JsonValues.Parse(match.Groups[2].Value));
        return fields[name + "_stdev"].Any(spread => spread > 0) || fields[name + "_min"].Any() || fields[name + "_max"].Any()
            ? null
            : fields[name].FirstOrDefault();
    }
}
