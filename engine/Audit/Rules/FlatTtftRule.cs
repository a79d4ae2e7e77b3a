using MemoryWall.Analysis.Rules;
using MemoryWall.Statistics;

namespace MemoryWall.Audit.Rules;

/// <summary>
/// A time to the first token that stays the same while the context grows many times: the prompts were cut to a window, or came from a
/// cache. A fixed delay of a network or a queue is flat too; so the time must be long, or have grown over the contexts before.
/// </summary>
internal sealed class FlatTtftRule(AuditRules rules) : IAuditRule
{
    public string Name => "flat-ttft";

    public RuleOrigin Origin { get; } = new("ollama/ollama#9452",
        "prompts were cut to a window of 2,048 tokens whatever their length (91,541 there): a benchmark over contexts that does not count "
            + "the prompt then reports the time of the window for each of them");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        // Runs of this engine have their own reviews, and contexts that grow in the cache on purpose.
        var series = file.Tool == "memwall"
            ? []
            : file.Records.Where(
                record => record is { Succeeded: not false, CacheOnPurpose: not true, Concurrency: <= 1, ContextTokens: > 0 }
                    && Time(record) > 0 && !(record.CachedTokens > 0))
                .GroupBy(record => (record.Kind, record.Model, record.Invocation, record.DepthTokens > 0));
        foreach (var records in series)
        {
            List<(double Tokens, double Seconds, List<int> Records)> contexts = [
                .. records.GroupBy(record => record.ContextTokens!.Value).OrderBy(same => same.Key)
                    .Select(same => (same.Key, Quantiles.Median(same.Select(record => Time(record)!.Value)),
                        same.Select(record => record.Number).ToList()))];
            if (FindFlat(contexts) is not { } from)
                continue;
            var (first, last) = (contexts[from], contexts[^1]);
            yield return (new FlatTtft(first.Tokens, first.Seconds, last.Tokens, last.Seconds),
                [.. contexts.Skip(from).SelectMany(context => context.Records)]);
        }
    }

    // The first context from which on the time stays about the same up to the last one.
    private int? FindFlat(List<(double Tokens, double Seconds, List<int> Records)> contexts)
    {
        for (var from = 0; from + rules.MinFlatContexts <= contexts.Count; from++)
        {
            var (flat, last) = (contexts[from], contexts[^1]);
            if (last.Tokens < flat.Tokens * rules.MinFlatGrowth || last.Tokens < rules.MinFlatTokens)
                return null;
            var isFlat = contexts.Skip(from).All(context => context.Seconds <= flat.Seconds * rules.MaxFlatRatio);
            var isLong = flat.Seconds >= rules.MinFlatSeconds;
            var hasGrown = contexts.Take(from).Any(context => context.Seconds * rules.MinGrowthBeforeFlat <= flat.Seconds);
            if (isFlat && (isLong || hasGrown))
                return from;
        }
        return null;
    }

    private static double? Time(AuditRecord record) => record.TtftSeconds ?? record.PrefillSeconds;
}
