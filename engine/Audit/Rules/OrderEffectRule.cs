using MemoryWall.Analysis.Rules;
using MemoryWall.Statistics;

namespace MemoryWall.Audit.Rules;

/// <summary>The same test has another result at another place of the same invocation, or requests slow down over time: earlier work
/// affects later work. Another table, build or device is another invocation.</summary>
internal sealed class OrderEffectRule(AuditRules rules) : IAuditRule
{
    public string Name => "order-effect";

    public RuleOrigin Origin { get; } = new("ggml-org/llama.cpp#18570",
        "llama-bench reported lower values for the same test when the tests ran in another order");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var same in file.Records.Where(record => record is { Kind: RecordKind.Repeated, Test: not null, Rate: > 0 })
            .GroupBy(record => (record.Invocation, record.Model, record.Test)).Where(group => group.Count() > 1))
        {
            var (slow, fast) = (same.MinBy(record => record.Rate)!, same.MaxBy(record => record.Rate)!);
            var spread = Math.Max(slow.SpreadTps ?? 0, fast.SpreadTps ?? 0);
            if (fast.Rate > slow.Rate * (1 + rules.MinOrderDifference) && fast.Rate - slow.Rate > rules.MinOrderDeviations * spread)
                yield return (new SameTestDiffers(same.Key.Test!, slow.Rate!.Value, slow.Number, fast.Rate!.Value, fast.Number),
                    [slow.Number, fast.Number]);
        }
        foreach (var series in file.Records.Where(
            record => record is { Kind: RecordKind.Request, Succeeded: not false, GenerationTps: > 0, Concurrency: <= 1 })
                     .GroupBy(record => (record.Invocation, record.Model, record.ContextTokens))
                     .Where(group => group.Count() >= rules.MinOrderRequests))
        {
            List<AuditRecord> ordered = [.. series.OrderBy(record => record.StartedSeconds ?? record.Number)];
            var trend = MannKendallTest.Compute([.. ordered.Select(record => record.GenerationTps!.Value)]);
            var change = trend.Slope * (ordered.Count - 1) / Quantiles.Median(ordered.Select(record => record.GenerationTps!.Value));
            if (trend.PValue < rules.OrderSignificance && Math.Abs(change) > rules.MinOrderDifference)
                yield return (new TrendOverRequests(ordered.Count, change), [.. ordered.Select(record => record.Number)]);
        }
    }
}
