using MemoryWall.Statistics;

namespace MemoryWall.Audit.Rules;

/// <summary>Prompt tokens came from a cache, so the prefill that is timed was not done: told by the tool, or by times that fall together
/// for prompts of one length.</summary>
internal sealed class WarmCacheRule : IAuditRule
{
    private const double MinCachedShare = 0.01;
    private const double MinSpeedup = 5;
    private const double MinPromptTokens = 256;

    public string Name => "warm-cache";

    public RuleOrigin Origin { get; } = new("vllm-project/vllm#52884",
        "a benchmark with a fixed seed sends the same prompts again; served from the prefix cache they inflate the throughput by up to 86%, and nothing says so");

    public IEnumerable<(string Sentence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        var told = file.Records.Where(record => record.CacheOnPurpose != true && record.CachedTokens > record.PromptTokens * MinCachedShare)
            .ToList();
        if (told.Count > 0)
        {
            var share = told.Max(record => record.CachedTokens / record.PromptTokens);
            yield return (FormattableString.Invariant(
                $"{told.Count} of {file.Records.Count} records took prompt tokens from a cache, up to {share:0%} of the prompt"),
                [.. told.Select(record => record.Number)]);
        }
        foreach (var fast in FindSuspected(file.Records.Except(told)))
            yield return fast;
    }

    // Of requests with prompts of the same length the first pays for all; the others are several times faster than it.
    private static IEnumerable<(string, IReadOnlyList<int>)> FindSuspected(IEnumerable<AuditRecord> records)
    {
        var alike = records.Where(
            record =>
                record is
                {
                    Kind: RecordKind.Request, Succeeded: not false, CacheOnPurpose: not true, CachedTokens: null,
                    PromptTokens: >= MinPromptTokens, Concurrency: null or <= 1
                } && PrefillTime(record) > 0)
            .GroupBy(record => (record.Model, record.PromptTokens)).Where(group => group.Count() > 1);
        foreach (var group in alike)
        {
            var first = group.First();
            var later = group.Skip(1).ToList();
            var usual = Quantiles.Median(later.Select(record => PrefillTime(record)!.Value));
            if (usual * MinSpeedup < PrefillTime(first))
                yield return (FormattableString.Invariant(
                    $"{group.Key.PromptTokens:0} prompt tokens took {PrefillTime(first):0.###} s the first time and {usual:0.###} s after that: the later ones look like answers from a cache"), [.. later.Select(record => record.Number)]);
        }
    }

    private static double? PrefillTime(AuditRecord record) => record.PrefillSeconds ?? record.TtftSeconds;
}
