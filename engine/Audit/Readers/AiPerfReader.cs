using System.Text.Json;
using System.Text.RegularExpressions;

namespace MemoryWall.Audit.Readers;

/// <summary>AIPerf's <c>profile_export_aiperf.json</c> (one benchmark) and <c>profile_export.jsonl</c> (one request a line).</summary>
internal sealed class AiPerfReader : IResultReader
{
    private static readonly Regex s_option = new(@"--([\w-]+)[ =]'?(\d+)", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    // Options with which prompts have other lengths than the requested one: data from a file, prefixes, turns and images.
    private static readonly Regex s_otherData = new(
        @"--(?:input-file|public-dataset|custom-dataset|fixed-schedule|[\w-]*prefix|shared-system|user-context|conversation|session|image|"
            + @"audio|video|sequence-distribution|num-turns)",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    public AuditedFile? Read(ResultText text)
    {
        AuditRecord[] records = [.. SeparateInTime([.. text.Items.Select(item => IsSummary(item) ? ReadSummary(item)
            : IsRequest(item) ? ReadRequest(item) : null).OfType<AuditRecord>()])
            .Select((record, place) => record with { Number = place + 1 })];
        return records.Length == 0 ? null : new AuditedFile { Name = text.Name, Tool = "aiperf", Records = records };
    }

    // Requests that follow one another without overlap are one stream; a line of the file does not say so.
    private static IEnumerable<AuditRecord> SeparateInTime(List<AuditRecord> records)
    {
        var requests = records.Where(record => record.Kind == RecordKind.Request).OrderBy(record => record.StartedSeconds).ToList();
        var isOneStream = requests.Zip(requests.Skip(1)).All(
            pair => pair.First.StartedSeconds + pair.First.DurationSeconds <= pair.Second.StartedSeconds);
        return records.Select(record => isOneStream && record.Kind == RecordKind.Request ? record with { Concurrency = 1 } : record);
    }

    private static bool IsSummary(JsonElement item) =>
        item.Has("request_throughput", "unit") || item.Has("request_latency", "unit") && item.Has("request_latency", "avg");

    private static bool IsRequest(JsonElement item) =>
        item.Has("metadata") && (item.At("metrics") is { ValueKind: JsonValueKind.Object } || item.Has("error"));

    private static AuditRecord ReadSummary(JsonElement item)
    {
        double? Seconds(string name, string statistic) => item.Number(name, statistic) * SecondsPerUnit(item.Text(name, "unit"));
        var (good, bad) = (item.Number("request_count", "avg"),
            item.Number("error_request_count", "avg") ?? item.List("error_summary").Sum(error => error.Number("count") ?? 1));
        return new AuditRecord
        {
            Number = 0,
            Kind = RecordKind.Aggregate,
            Model = item.Text("input_config", "models", "items")
                ?? (item.At("input_config", "models") ?? default).List("items").FirstOrDefault().Text("name"),
            PromptTokensAsked = RequestedTokens(item, "isl", "synthetic-input-tokens-mean", "prompt-input-tokens-mean"),
            OutputTokensAsked = RequestedTokens(item, "osl", "output-tokens-mean"),
            PromptTokens = item.Number("input_sequence_length", "avg"),
            OutputTokens = item.Number("output_sequence_length", "avg"),
            CachedTokens = item.Number("usage_prompt_cache_read_tokens", "avg") ?? item.Number("cached_tokens", "avg"),
            TotalOutputTokens = item.Number("total_output_tokens", "avg") ?? item.Number("total_osl", "avg"),
            TtftSeconds = Seconds("time_to_first_token", "p50") ?? Seconds("time_to_first_token", "avg"),
            TpotSeconds = Seconds("inter_token_latency", "p50") ?? Seconds("inter_token_latency", "avg"),
            DurationSeconds = Seconds("benchmark_duration", "avg"),
            GenerationTps = item.Number("output_token_throughput_per_user", "p50")
                ?? item.Number("output_token_throughput_per_user", "avg"),
            OutputTps = item.Number("output_token_throughput", "avg"),
            TotalTps = item.Number("total_token_throughput", "avg"),
            Requests = good + bad,
            Failed = bad,
            Succeeded = good is { } count ? count > 0 : null,
            Concurrency = item.List("input_config", "phases").Select(phase => phase.Number("concurrency"))
                .LastOrDefault(value => value is not null) ?? item.Number("input_config", "loadgen", "concurrency"),
        };
    }

    private static AuditRecord? ReadRequest(JsonElement item)
    {
        if (item.Text("metadata", "benchmark_phase") == "warmup")
            return null;
        double? Value(string name) => item.Number("metrics", name, "value");
        double? Seconds(string name) => Value(name) * SecondsPerUnit(item.Text("metrics", name, "unit"));
        var failed = item.Has("error");
        return new AuditRecord
        {
            Number = 0,
            Kind = RecordKind.Request,
            PromptTokens = Value("input_sequence_length"),
            OutputTokens = Value("output_sequence_length"),
            CachedTokens = Value("usage_prompt_cache_read_tokens"),
            TtftSeconds = Seconds("time_to_first_token"),
            DurationSeconds = Seconds("request_latency"),
            GenerationTps = Seconds("inter_token_latency") is > 0 and var gap ? 1 / gap : null,
            Succeeded = !failed,
            Error = item.Text("error", "message") ?? item.Text("error"),
            StartedSeconds = item.Number("metadata", "request_start_ns") / 1e9,
        };
    }

    // The structure of the configuration differs between versions; the recorded command line does not.
    private static double? RequestedTokens(JsonElement item, params string[] options)
    {
        var command = item.Text("run_info", "cli_command") ?? item.Text("input_config", "cli_command") ?? "";
        var values = s_option.Matches(command).ToLookup(match => match.Groups[1].Value, match => JsonValues.Parse(match.Groups[2].Value));
        if (s_otherData.IsMatch(command))
            return null;
        if (options.Any(option => values[option.Replace("-mean", "", StringComparison.Ordinal) + "-stddev"].Any(spread => spread > 0)))
            return null;
        return options.SelectMany(option => values[option]).FirstOrDefault(value => value is not null);
    }

    private static double? SecondsPerUnit(string? unit) =>
        unit switch { "ns" => 1e-9, "us" => 1e-6, "ms" => 1e-3, "s" or "sec" or "seconds" => 1, _ => null };
}
