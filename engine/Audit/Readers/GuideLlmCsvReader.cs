namespace MemoryWall.Audit.Readers;

/// <summary>
/// guidellm's <c>benchmarks.csv</c>: one line a benchmark. Up to three lines of headings name the group, the quantity with its unit, and
/// the statistic; older versions write one line of the same words. The headings are those of the first benchmark: another one, of which
/// requests failed, has more columns, and after the counts of its requests nothing says which is which.
/// </summary>
internal sealed class GuideLlmCsvReader : IResultReader
{
    private static readonly string[] s_statistics = ["Mean", "Median", "Sec"];

    public AuditedFile? Read(ResultText text)
    {
        if (!text.Rest.Contains("Inter Token Latency", StringComparison.OrdinalIgnoreCase)
            && !text.Rest.Contains("inter_token_latency", StringComparison.OrdinalIgnoreCase))
            return null;
        var rows = CsvText.ReadRows(text.Rest).Where(row => row.Count > s_statistics.Length).ToList();
        if (rows.Count == 0)
            return null;
        var headings = rows.Skip(1).TakeWhile(row => row.Any(cell => s_statistics.Contains(cell) || cell == "Run ID"))
            .Prepend(rows[0]).ToList();
        List<string> names = [.. Enumerable.Range(0, headings.Max(row => row.Count)).Select(column => Normalize(
            string.Join(' ', headings.Select(row => row.ElementAtOrDefault(column)))))];
        List<string> counted = [.. names.Take(names.FindLastIndex(name => name.Contains("counts", StringComparison.Ordinal)) + 1)];
        List<AuditRecord> records = [.. rows.Skip(headings.Count).Select((row, place) => row.Count == names.Count
            ? CreateRecord(new Line(names, row), place + 1)
            : CreateCounts(new Line(counted, row), place + 1)).OfType<AuditRecord>()];
        var others = rows.Skip(headings.Count).Count(row => row.Count != names.Count);
        return records.Count == 0 ? null : new AuditedFile
        {
            Name = text.Name,
            Tool = "guidellm",
            Records = records,
            Notes = others == 0 ? [] : [$"{others} of {rows.Count - headings.Count} rows have other columns than the headings, so that of "
                + "them only strategy, duration and the counts of requests are read"],
        };
    }

    private static AuditRecord? CreateCounts(Line line, int number) => line.Find("request counts total") is not { } total ? null : new()
    {
        Number = number,
        Kind = RecordKind.Aggregate,
        Test = line.Text("benchmark strategy"),
        DurationSeconds = line.Find("timings duration sec"),
        Requests = total,
        Failed = line.Find("request counts errored"),
        Succeeded = line.Find("request counts successful") is { } count ? count > 0 : null,
    };

    private static AuditRecord? CreateRecord(Line line, int number)
    {
        var (good, bad) = (line.Find("request counts successful") ?? line.Find("successful requests"),
            line.Find("request counts errored") ?? line.Find("errored requests"));
        var total = line.Find("request counts total") ?? line.Find("total requests");
        var gap = line.FindMedian("inter token latency successful ms") / 1000;
        var output = line.FindMean("token throughput successful output tokens/sec") ?? line.FindMean("output tokens per second successful");
        var ttft = line.FindMedian("time to first token successful ms") / 1000;
        if (gap is null && output is null && ttft is null)
            return null;
        return new AuditRecord
        {
            Number = number,
            Kind = RecordKind.Aggregate,
            Test = line.Text("benchmark strategy") ?? line.Text("name"),
            PromptTokens = line.FindMean("token metrics successful input tokens") ?? line.FindMean("prompt token count successful"),
            OutputTokens = line.FindMean("token metrics successful output tokens") ?? line.FindMean("output token count successful"),
            TtftSeconds = ttft,
            TpotSeconds = gap,
            DurationSeconds = line.Find("timings duration sec") ?? line.Find("duration"),
            GenerationTps = gap > 0 ? 1 / gap : null,
            OutputTps = output,
            TotalTps = line.FindMean("token throughput successful total tokens/sec") ?? line.FindMean("tokens per second successful"),
            Requests = total,
            Failed = bad,
            Succeeded = good is { } count ? count > 0 : null,
            Concurrency = line.FindMean("server throughput successful concurrency") ?? line.FindMean("request concurrency successful"),
        };
    }

    // Words in lower case, each once, with units apart: "Successful time_to_first_token_ms mean".
    private static string Normalize(string name) =>
        string.Join(' ', name.ToLowerInvariant().Replace('_', ' ').Replace("(", "", StringComparison.Ordinal)
            .Replace(")", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

    private readonly struct Line(List<string> names, IReadOnlyList<string> cells)
    {
        public double? Find(string name) => JsonValues.Parse(Text(name));

        public double? FindMean(string name) => Find(name + " mean");

        public double? FindMedian(string name) => Find(name + " median") ?? FindMean(name);

        // The order of the words differs between versions.
        public string? Text(string name) =>
            names.IndexOf(Normalize(name)) is >= 0 and var place && place < cells.Count && cells[place].Length > 0 ? cells[place] : null;
    }
}
