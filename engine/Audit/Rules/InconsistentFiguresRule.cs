using MemoryWall.Analysis.Rules;

namespace MemoryWall.Audit.Rules;

/// <summary>Count, time and rate of the same phase contradict each other: one of the three measures something else.</summary>
internal sealed class InconsistentFiguresRule(AuditRules rules) : IAuditRule
{
    public string Name => "inconsistent-figures";

    public RuleOrigin Origin { get; } = new("vllm-project/vllm#50677",
        "one metric counted a token for each chunk of the stream, another used the server's count: with several tokens in a "
            + "chunk the two speeds differed");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records)
        {
            // Seconds of the clock, of which the first and the last are not whole: some second has at least this share of the tokens.
            var wholeShare = record.DurationSeconds / (record.DurationSeconds + rules.PartialSeconds) ?? 0;
            if (record is { PeakOutputTps: > 0 and var peak, OutputTps: { } mean }
                && peak < mean * wholeShare * (1 - rules.InconsistentShare))
                yield return (new PeakBelowMean(record.Name, peak, mean), [record.Number]);
            // A mean of rates is larger than the rate of the mean by about the square of the relative spread.
            var allowed = rules.InconsistentShare + Math.Pow(JsonValues.Ratio(record.SpreadTps, record.Rate) ?? 0, 2) * 2;
            (string Name, double? Count, double? Seconds, double? Rate)[] phases =
            [
                ("prefill", record.CachedTokens > 0 ? null : record.PromptTokens, record.PrefillSeconds, record.PrefillTps),
                ("generation", record.OutputTokens, record.Kind == RecordKind.Aggregate ? null : record.GenerationSeconds,
                    record.GenerationTps),
                // guidellm weighs rates by time, others divide.
                ("output", record.TotalOutputTokens, record.DurationSeconds,
                    record.Kind == RecordKind.Aggregate && file.Tool != "guidellm" ? record.OutputTps : null),
                ("total", record.TotalTokens, record.DurationSeconds, record.Kind == RecordKind.Aggregate ? record.TotalTps : null),
            ];
            foreach (var (name, count, seconds, rate) in phases)
            {
                var isRounded = record.Kind == RecordKind.Aggregate && seconds < rules.MinRoundedValue;
                if (count is not > 1 || seconds is not > 0 || isRounded || !(rate >= rules.MinRoundedValue))
                    continue;
                // A tool may count the steps between tokens, one less than the tokens.
                var off = Math.Min(Math.Abs(count.Value / seconds.Value / rate.Value - 1),
                    Math.Abs((count.Value - 1) / seconds.Value / rate.Value - 1));
                if (off > allowed)
                    yield return (new FiguresContradict(record.Name, name, count.Value, seconds.Value, rate.Value), [record.Number]);
            }
        }
    }
}
