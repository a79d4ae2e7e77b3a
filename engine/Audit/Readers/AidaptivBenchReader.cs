using System.Globalization;
using System.Text.Json;

namespace MemoryWall.Audit.Readers;

/// <summary>
/// The files of aidaptiv-bench (rickboot/aidaptiv-bench): <c>requests_*.csv</c> with one answer a line, <c>results_*.json</c> with one
/// context an element, and <c>metrics_*.csv</c> with the machine's memory over time, which has no result to audit.
/// </summary>
internal sealed class AidaptivBenchReader : IResultReader
{
    private static readonly (string Column, string Meaning, string Unit)[] s_gauges =
    [
        ("ram_used_gb", "most RAM in use", "GB"), ("ram_total_gb", "RAM of the machine", "GB"),
        ("vram_used_gb", "most accelerator memory in use", "GB"), ("vram_total_gb", "accelerator memory of the machine", "GB"),
        ("disk_read_mb_s", "fastest reading from disks", "MB/s"), ("disk_write_mb_s", "fastest writing to disks", "MB/s"),
    ];

    public AuditedFile? Read(ResultText text)
    {
        List<AuditRecord> records = [.. text.Items.Where(IsContext).Select(ReadContext), .. MarkAlone([.. ReadRequests(text.Rest)])];
        List<string> log = records.Count == 0 ? [.. ReadMetrics(text.Rest)] : [];
        return records.Count == 0 && log.Count == 0
            ? null
            : new AuditedFile
            {
                Name = text.Name,
                Tool = "aidaptiv-bench",
                Records = [.. records.Select((record, place) => record with { Number = place + 1 })],
                LogLines = log,
            };
    }

    private static bool IsContext(JsonElement item) => item.Has("context") && item.Has("pass_rate_pct");

    private static AuditRecord ReadContext(JsonElement item) => new()
    {
        Number = 0,
        Kind = RecordKind.Aggregate,
        Test = FormattableString.Invariant($"context {item.Number("context"):0}"),
        PromptTokensAsked = item.Number("context"),
        // Where no request passed, the tool writes 0 for times that it does not have.
        TtftSeconds = item.Number("pass_rate_pct") is 0 ? null : item.Number("avg_ttft_ms") / 1000,
        DurationSeconds = item.Number("pass_rate_pct") is 0 ? null : item.Number("avg_latency_ms") / 1000,
        FailedShare = 1 - item.Number("pass_rate_pct") / 100,
        Succeeded = item.Number("pass_rate_pct") is { } passed ? passed > 0 : null,
        // Of one answer the mean and all percentiles are the same; of several, any number of users may have waited for each other.
        Concurrency = item.Number("avg_latency_ms") is { } mean && mean == item.Number("p50_latency_ms")
            && mean == item.Number("p99_latency_ms") ? 1 : null,
    };

    private static IEnumerable<AuditRecord> ReadRequests(string text)
    {
        foreach (var (_, row) in CsvText.ReadTables(text, "timestamp").Where(
            table => table.Row.ContainsKey("context_len") && table.Row.ContainsKey("ttft_ms")))
        {
            double? Number(string name) => JsonValues.Parse(row.GetValueOrDefault(name));
            var succeeded = bool.TryParse(row.GetValueOrDefault("success"), out var success) ? success : (bool?)null;
            yield return new AuditRecord
            {
                Number = 0,
                Kind = RecordKind.Request,
                Test = FormattableString.Invariant($"context {Number("context_len"):0}"),
                PromptTokensAsked = Number("context_len"),
                TtftSeconds = Number("ttft_ms") / 1000,
                DurationSeconds = Number("total_latency_ms") / 1000,
                OutputTokens = succeeded == false ? null : Number("output_tokens"),
                GenerationTps = Number("tps_decode") is > 0 and var rate ? rate : null,
                Succeeded = succeeded,
                Error = row.GetValueOrDefault("error") is { Length: > 0 } error ? error : null,
                StartedSeconds = Number("timestamp"),
            };
        }
    }

    // The file does not say how many users there were; its times show which requests ran at the same time.
    private static IEnumerable<AuditRecord> MarkAlone(IReadOnlyList<AuditRecord> requests) => requests.Select(request => request with
    {
        Concurrency = requests.All(other => ReferenceEquals(other, request) || IsApart(request, other)) ? 1 : null,
    });

    private static bool IsApart(AuditRecord one, AuditRecord other) =>
        one.StartedSeconds + one.DurationSeconds <= other.StartedSeconds
        || other.StartedSeconds + other.DurationSeconds <= one.StartedSeconds;

    private static IEnumerable<string> ReadMetrics(string text)
    {
        var rows = CsvText.ReadTables(text, "timestamp").Select(table => table.Row).Where(row => row.ContainsKey("ram_used_gb")).ToList();
        foreach (var (column, meaning, unit) in s_gauges)
        {
            if (rows.Select(row => JsonValues.Parse(row.GetValueOrDefault(column))).Max() is { } most)
                yield return string.Create(CultureInfo.InvariantCulture, $"{meaning}: {most:0.##} {unit}");
        }
    }
}
