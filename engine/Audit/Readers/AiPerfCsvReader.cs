namespace MemoryWall.Audit.Readers;

/// <summary>AIPerf's <c>profile_export_aiperf.csv</c>: metrics with their distribution, then metrics with one value, one a line.</summary>
internal sealed class AiPerfCsvReader : IResultReader
{
    public AuditedFile? Read(ResultText text)
    {
        var metrics = CsvText.ReadTables(text.Rest, "Metric").Select(table => table.Row)
            .GroupBy(row => row["Metric"].Trim()).ToDictionary(same => same.Key, same => same.First());
        double? Find(string name, params ReadOnlySpan<string> statistics)
        {
            foreach (var statistic in statistics)
            {
                if (metrics.GetValueOrDefault(name) is { } row && JsonValues.Parse(row.GetValueOrDefault(statistic)) is { } value)
                    return value;
            }
            return null;
        }
        if (!metrics.Keys.Any(name => name.StartsWith("Request Latency", StringComparison.Ordinal)
            || name.StartsWith("Request Throughput", StringComparison.Ordinal)))
            return null;
        var (good, bad) = (Find("Request Count", "Value", "avg"), Find("Error Request Count", "Value", "avg"));
        var gap = Find("Inter Token Latency (ms)", "p50", "avg") / 1000;
        var record = new AuditRecord
        {
            Number = 1,
            Kind = RecordKind.Aggregate,
            PromptTokens = Find("Input Sequence Length (tokens)", "avg"),
            OutputTokens = Find("Output Sequence Length (tokens)", "avg"),
            TotalOutputTokens = Find("Total Output Sequence Length (tokens)", "Value") ?? Find("Total Output Tokens (tokens)", "Value"),
            TtftSeconds = Find("Time to First Token (ms)", "p50", "avg") / 1000,
            TpotSeconds = gap,
            DurationSeconds = Find("Benchmark Duration (sec)", "Value"),
            GenerationTps = Find("Output Token Throughput Per User (tokens/sec/user)", "p50", "avg") ?? (gap > 0 ? 1 / gap : null),
            OutputTps = Find("Output Token Throughput (tokens/sec)", "Value", "avg"),
            TotalTps = Find("Total Token Throughput (tokens/sec)", "Value", "avg"),
            Requests = good + (bad ?? 0),
            Failed = bad,
            Succeeded = good is { } count ? count > 0 : null,
        };
        return new AuditedFile { Name = text.Name, Tool = "aiperf", Records = [record] };
    }
}
