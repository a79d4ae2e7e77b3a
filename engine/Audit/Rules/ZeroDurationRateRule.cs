using MemoryWall.Analysis.Rules;

namespace MemoryWall.Audit.Rules;

/// <summary>A rate over a time too short to measure: a single token has no time between tokens, and tokens that arrive together have
/// none either.</summary>
internal sealed class ZeroDurationRateRule(AuditRules rules) : IAuditRule
{
    public string Name => "zero-duration-rate";

    public RuleOrigin Origin { get; } = new("sgl-project/genai-bench#31",
        "an output rate of 200,000 tokens/s was reported where the server reached 131: tokens that arrived together were "
            + "divided by the time between them");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records.Where(record => record.Kind != RecordKind.Aggregate && record.Succeeded != false))
        {
            if (record is { OutputTokens: <= 1 and var tokens, GenerationTps: > 0 and var rate })
                yield return (new RateOfOneToken(record.Name, rate, tokens), [record.Number]);
            else if (record is { GenerationTps: > 0 and var generation, GenerationSeconds: { } time } && time < rules.MinMeasuredSeconds)
                yield return (new RateOverNoTime(record.Name, "generation", generation, time), [record.Number]);
            if (record is { PrefillTps: > 0 and var prefill, PrefillSeconds: { } seconds } && seconds < rules.MinMeasuredSeconds
                && !(record.PromptTokens >= rules.MinFastPrefillTokens))
                yield return (new RateOverNoTime(record.Name, "prefill", prefill, seconds), [record.Number]);
        }
        foreach (var record in file.Records.Where(
            record => record is { Kind: RecordKind.Aggregate, Succeeded: not false, TpotSeconds: <= 0 } && record.OutputTokens > 1))
            yield return (new NoTimeBetweenTokens(record.Name, record.OutputTokens), [record.Number]);
    }
}
