using System.Text.Json;

namespace MemoryWall.Audit.Readers;

/// <summary>The JSON of <c>vllm bench latency</c>, the times of one batch again and again, and of <c>vllm bench throughput</c>, the
/// totals of many requests.</summary>
internal sealed class VllmOfflineReader : IResultReader
{
    public AuditedFile? Read(ResultText text)
    {
        var records = text.Items.Select(item => ReadLatency(item) ?? ReadThroughput(item)).OfType<AuditRecord>()
            .Select((record, place) => record with { Number = place + 1 }).ToList();
        return records.Count == 0 ? null : new AuditedFile { Name = text.Name, Tool = "vllm", Records = records };
    }

    private static AuditRecord? ReadLatency(JsonElement item) =>
        !item.Has("avg_latency") || !item.Has("latencies") && !item.Has("percentiles")
            ? null
            : new AuditRecord
            {
                Number = 0,
                Kind = RecordKind.Repeated,
                DurationSeconds = item.Number("avg_latency"),
                // Batches a second, because the tool gives no tokens.
                Samples = [.. item.Numbers("latencies").Where(latency => latency > 0).Select(latency => 1 / latency)],
            };

    private static AuditRecord? ReadThroughput(JsonElement item) =>
        !item.Has("elapsed_time") || !item.Has("tokens_per_second")
            ? null
            : new AuditRecord
            {
                Number = 0,
                Kind = RecordKind.Aggregate,
                DurationSeconds = item.Number("elapsed_time"),
                Requests = item.Number("num_requests"),
                TotalTokens = item.Number("total_num_tokens"),
                TotalTps = item.Number("tokens_per_second"),
                Concurrency = item.Number("num_requests"),
            };
}
