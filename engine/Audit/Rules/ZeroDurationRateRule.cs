using System.Globalization;
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

    public IEnumerable<(string Sentence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records.Where(record => record.Kind != RecordKind.Aggregate && record.Succeeded != false))
        {
            if (record is { OutputTokens: <= 1, GenerationTps: > 0 })
                yield return (FormattableString.Invariant(
                    $"{record.Name}: a generation rate of {record.GenerationTps:#,0.#} tokens/s from {record.OutputTokens:0} token(s)"),
                    [record.Number]);
            else if (record is { GenerationTps: > 0 } && record.GenerationSeconds < rules.MinMeasuredSeconds)
                yield return (string.Create(CultureInfo.InvariantCulture,
                    $"{record.Name}: a generation rate of {record.GenerationTps:#,0.#} tokens/s over "
                        + $"{record.GenerationSeconds * 1e6:0.#} µs"), [record.Number]);
            if (record is { PrefillTps: > 0 } && record.PrefillSeconds < rules.MinMeasuredSeconds
                && !(record.PromptTokens >= rules.MinFastPrefillTokens))
                yield return (FormattableString.Invariant(
                    $"{record.Name}: a prefill rate of {record.PrefillTps:#,0.#} tokens/s over {record.PrefillSeconds * 1e6:0.#} µs"),
                    [record.Number]);
        }
        foreach (var record in file.Records.Where(record => record is { Kind: RecordKind.Aggregate, Succeeded: true, TtftSeconds: 0 }))
            yield return (FormattableString.Invariant($"{record.Name}: the time to the first token is 0, so nothing was timed"),
                [record.Number]);
    }
}
