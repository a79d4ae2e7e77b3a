using MemoryWall.Analysis.Rules;
using MemoryWall.Statistics;

namespace MemoryWall.Audit.Rules;

/// <summary>The first repetition differs from the others, or the repetitions scatter so much that one of them must differ; their mean
/// describes neither.</summary>
internal sealed class MissingWarmUpRule(AuditRules rules) : IAuditRule
{
    public string Name => "missing-warm-up";

    public RuleOrigin Origin { get; } = new("ggml-org/llama.cpp#21282",
        "pp512 was 25,232 ± 17,263 tokens/s after one warm-up, and 42,935 ± 240 after five");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records.Where(record => record.Kind == RecordKind.Repeated))
        {
            if (SlowFirstRatio(record.Samples) is { } slow)
                yield return (new SlowFirst(record.Name, record.Samples.Count, slow), [record.Number]);
            else if (JsonValues.Ratio(record.SpreadTps, record.Rate) is { } spread && spread > rules.MaxRepetitionSpread)
                yield return (new WideScatter(record.Name, spread), [record.Number]);
        }
    }

    private double? SlowFirstRatio(IReadOnlyList<double> samples)
    {
        if (samples.Count < 3)
            return null;
        var usual = Quantiles.Median(samples.Skip(1));
        return samples[0] < rules.MinFirstRatio * samples.Skip(1).Min()
            || WarmUpDetector.DetectLength(samples) > 0 && samples[0] < usual * rules.MinFirstRatio
                ? JsonValues.Ratio(samples[0], usual)
                : null;
    }
}
