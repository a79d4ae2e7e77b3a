using MemoryWall.Analysis.Rules;
using MemoryWall.Statistics;

namespace MemoryWall.Audit.Rules;

/// <summary>Prompt tokens came from a cache, so the timed prefill was not computed: the tool reports it, or later prompts of the same
/// length are much faster than the first.</summary>
internal sealed class WarmCacheRule(AuditRules rules) : IAuditRule
{
    public string Name => "warm-cache";

    public RuleOrigin Origin { get; } = new("vllm-project/vllm#52884",
        "a benchmark with a fixed seed sends the same prompts again; the prefix cache inflates the throughput by up to 86%, and "
            + "the result does not show it");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        var reported = file.Records.Where(
            record => record.CacheOnPurpose != true && record.CachedTokens > record.PromptTokens * rules.MinCachedShare)
            .ToList();
        if (reported.Count > 0)
        {
            var share = reported.Max(record => JsonValues.Ratio(record.CachedTokens, record.PromptTokens)) ?? 1;
            yield return (new ReportedCache(reported.Count, file.Records.Count, share), [.. reported.Select(record => record.Number)]);
        }
        foreach (var fast in FindSuspected(file.Records.Except(reported)))
            yield return fast;
    }

    // Among requests with prompts of the same length, only the first is computed; the others are several times faster.
    private IEnumerable<(AuditEvidence, IReadOnlyList<int>)> FindSuspected(IEnumerable<AuditRecord> records)
    {
        var alike = records.Where(
            record =>
                record is
                {
                    Kind: RecordKind.Request, Succeeded: not false, CacheOnPurpose: not true, CachedTokens: null,
                    Concurrency: <= 1
                } && record.PromptTokens >= rules.MinCachedPromptTokens && PrefillTime(record) > 0)
            .GroupBy(record => (record.Model, record.PromptTokens)).Where(group => group.Count() > 1);
        foreach (var group in alike)
        {
            var first = group.First();
            var later = group.Skip(1).ToList();
            var usual = Quantiles.Median(later.Select(record => PrefillTime(record)!.Value));
            if (PrefillTime(first) is { } seconds && usual * rules.MinCacheSpeedup < seconds)
                yield return (new FasterAfterFirst(group.Key.PromptTokens!.Value, seconds, usual),
                    [.. later.Select(record => record.Number)]);
        }
    }

    private static double? PrefillTime(AuditRecord record) => record.PrefillSeconds ?? record.TtftSeconds;
}
