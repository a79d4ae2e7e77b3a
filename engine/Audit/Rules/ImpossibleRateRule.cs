using System.Text.RegularExpressions;
using MemoryWall.Analysis.Rules;

namespace MemoryWall.Audit.Rules;

/// <summary>
/// A rate above the limit of the machine. Each generated token of one stream reads the weights once, so rate × bytes is a bandwidth, which
/// cannot exceed that of the memory. Weights that fit in a processor's cache are not read from memory, and only a part of a mixture of
/// experts is read: these are not judged.
/// </summary>
internal sealed class ImpossibleRateRule(AuditRules rules) : IAuditRule
{
    private static readonly Regex s_mixture = new(@"moe|\d+x\d+|\bA\d+(\.\d+)?B\b|gpt-oss|deepseek|mixtral|expert",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    public string Name => "impossible-rate";

    public RuleOrigin Origin { get; } = new("tenstorrent/tt-inference-server#3331",
        "a table of results contained 2,089,681 tokens/s next to rows of 50");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records.Where(record => record.Succeeded != false))
        {
            if (record.WeightBytes is > 0 and var weights && record.GenerationTps is > 0 and var rate && record.Concurrency is null or <= 1
                && record.IsSpeculative != true && !IsMixture(record.Model))
            {
                var bandwidth = rate * weights;
                var limit = file.MemoryBytesPerSecond is > 0 and var memory && weights > (file.BeyondCacheBytes ?? 0)
                    ? memory * rules.BandwidthSlack
                    : rules.MaxBytesPerSecond;
                if (bandwidth > limit)
                {
                    yield return (new BandwidthBeyondMachine(record.Name, rate, weights,
                        limit == rules.MaxBytesPerSecond ? null : file.MemoryBytesPerSecond), [record.Number]);
                    continue;
                }
            }
            // Where the streams are unknown, each request may be one.
            var perStream = record.TotalTps / Math.Max(1, record.Concurrency ?? record.Requests ?? 1);
            if (new[] { record.PrefillTps, record.GenerationTps, perStream }.Max() is { } max && max > rules.MaxTokensPerSecond)
                yield return (new RateBeyondMachines(record.Name, max), [record.Number]);
        }
    }

    private static bool IsMixture(string? model) => model is not null && s_mixture.IsMatch(model);
}
