using System.Text.RegularExpressions;

namespace MemoryWall.Audit.Readers;

/// <summary>
/// What <c>vllm bench serve</c> and SGLang's <c>bench_serving</c> print at their end, whole or trimmed, once or several times, among other
/// text; and the lines of <c>vllm bench throughput</c> and <c>vllm bench latency</c>.
/// </summary>
internal sealed class ServingBlockReader : IResultReader
{
    private static readonly Regex s_heading = new(
        @"=+ .*Benchmark Result.* =+", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex s_line = new(
        @"(Backend|Traffic request rate|Request rate configured \(RPS\)|Max request concurrency|Maximum request concurrency|"
            + @"Successful requests|Failed requests|Benchmark duration \(s\)|Total input tokens|Total generated tokens \(retokenized\)|"
            + @"Total generated tokens|Output token throughput \(tok/s\)|Peak output token throughput \(tok/s\)|"
            + @"Peak concurrent requests|Total [Tt]oken throughput \(tok/s\)|Total throughput \(tok/s\)|Concurrency|"
            + @"(?:Mean|Median) (?:TTFT|TPOT|ITL|E2EL|E2E Latency) \(ms\)|Acceptance length|Accept length):\s+(\S+)",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex s_prompts = new(@"num_prompts=(\d+)", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex s_throughput = new(
        @"^Throughput: (\d+(?:\.\d+)?) requests/s, (\d+(?:\.\d+)?) (?:total )?tokens/s(?:, (\d+(?:\.\d+)?) output tokens/s)?",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex s_latency = new(@"^Avg latency: (\d+(?:\.\d+)?) seconds",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    // Labels with the names of the JSON form.
    private static readonly Dictionary<string, string> s_names = new(StringComparer.Ordinal)
    {
        ["Backend"] = "backend",
        ["Traffic request rate"] = "request_rate",
        ["Request rate configured (RPS)"] = "request_rate",
        ["Max request concurrency"] = "max_concurrency",
        ["Maximum request concurrency"] = "max_concurrency",
        ["Successful requests"] = "completed",
        ["Failed requests"] = "failed",
        ["Benchmark duration (s)"] = "duration",
        ["Total input tokens"] = "total_input_tokens",
        ["Total generated tokens"] = "total_output_tokens",
        ["Total generated tokens (retokenized)"] = "total_output_tokens_retokenized",
        ["Output token throughput (tok/s)"] = "output_throughput",
        ["Peak output token throughput (tok/s)"] = "max_output_tokens_per_s",
        ["Peak concurrent requests"] = "max_concurrent_requests",
        ["Total token throughput (tok/s)"] = "total_token_throughput",
        ["Total Token throughput (tok/s)"] = "total_token_throughput",
        ["Total throughput (tok/s)"] = "total_token_throughput",
        ["Concurrency"] = "concurrency",
        ["Acceptance length"] = "accept_length",
        ["Accept length"] = "accept_length",
        ["Mean E2E Latency (ms)"] = "mean_e2e_latency_ms",
        ["Median E2E Latency (ms)"] = "median_e2e_latency_ms",
    };

    private static readonly string[] s_results =
        ["output_throughput", "mean_ttft_ms", "median_ttft_ms", "mean_tpot_ms", "median_tpot_ms", "total_token_throughput"];

    private const int MaxLineLength = 2000;
    private const int MinValues = 2;

    public AuditedFile? Read(ResultText text)
    {
        var blocks = ReadBlocks(text.Rest).ToList();
        List<AuditRecord> records = [.. blocks.Select(CreateRecord), .. text.Rest.Split('\n').Select(ReadOffline).OfType<AuditRecord>()];
        if (records.Count == 0)
            return null;
        var isSglang = blocks.Count > 0 && blocks.All(block => ServingSummary.IsSglang(Number(block), Text(block)));
        return new AuditedFile
        {
            Name = text.Name,
            Tool = isSglang ? "sglang" : "vllm",
            Records = [.. records.Select((record, place) => record with { Number = place + 1 })],
        };
    }

    // A value that comes again begins the next block, also where the headings were cut away.
    private static IEnumerable<Dictionary<string, string>> ReadBlocks(string text)
    {
        var block = new Dictionary<string, string>();
        string? prompts = null;
        foreach (var line in text.Split('\n').Where(line => line.Length <= MaxLineLength))
        {
            if (s_prompts.Match(line) is { Success: true } asked)
                prompts = asked.Groups[1].Value;
            var match = s_line.Match(line);
            var name = match.Success ? s_names.GetValueOrDefault(match.Groups[1].Value) ?? NameOfTime(match.Groups[1].Value) : null;
            if (s_heading.IsMatch(line) || name is not null && block.ContainsKey(name))
            {
                if (IsBlock(block))
                    yield return block;
                block = [];
            }
            if (name is null)
                continue;
            block[name] = match.Groups[2].Value;
            if (name == "completed" && prompts is not null)
            {
                block["num_prompts"] = prompts;
                prompts = null;
            }
        }
        if (IsBlock(block))
            yield return block;
    }

    private static bool IsBlock(Dictionary<string, string> block) =>
        block.Count >= MinValues && s_results.Any(name => block.ContainsKey(name));

    // Median TTFT (ms) is median_ttft_ms.
    private static string NameOfTime(string label) =>
        label.Replace(" (ms)", "_ms", StringComparison.Ordinal).Replace(' ', '_').ToLowerInvariant();

    private static AuditRecord CreateRecord(Dictionary<string, string> block) =>
        ServingSummary.Create(Number(block), Text(block));

    private static Func<string, double?> Number(Dictionary<string, string> block) =>
        name => JsonValues.Parse(block.GetValueOrDefault(name)?.Replace(",", "", StringComparison.Ordinal));

    private static Func<string, string?> Text(Dictionary<string, string> block) =>
        name => block.GetValueOrDefault(name) is { } value && JsonValues.Parse(value) is null ? value : null;

    private static AuditRecord? ReadOffline(string line)
    {
        line = line.Trim();
        if (s_throughput.Match(line) is { Success: true } throughput)
        {
            return new AuditRecord
            {
                Number = 0,
                Kind = RecordKind.Aggregate,
                TotalTps = JsonValues.Parse(throughput.Groups[2].Value),
                OutputTps = JsonValues.Parse(throughput.Groups[3].Value),
            };
        }
        return s_latency.Match(line) is not { Success: true } latency
            ? null
            : new AuditRecord { Number = 0, Kind = RecordKind.Repeated, DurationSeconds = JsonValues.Parse(latency.Groups[1].Value) };
    }
}
