namespace MemoryWall.Audit.Rules;

/// <summary>Count, time and rate of the same phase do not fit together: one of the three counts something else.</summary>
internal sealed class InconsistentFiguresRule : IAuditRule
{
    // Rounded rates and means of rates (which are not rates of means) differ by less.
    private const double Tolerance = 0.05;

    public string Name => "inconsistent-figures";

    public RuleOrigin Origin { get; } = new("vllm-project/vllm#50677",
        "a metric counted one token for each chunk of the stream while another used the server's count: with several tokens in a chunk the two told different speeds");

    public IEnumerable<(string Sentence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records)
        {
            if (record.PeakOutputTps < record.OutputTps * (1 - Tolerance))
                yield return (FormattableString.Invariant(
                    $"{record.Name}: the peak output throughput, {record.PeakOutputTps:#,0.##} tokens/s, is below the mean, {record.OutputTps:#,0.##}: it counts chunks, not tokens"), [record.Number]);
            // A mean of rates lies above the rate of the mean by about the square of their relative spread.
            var allowed = Tolerance + Math.Pow(record.SpreadTps / record.Rate ?? 0, 2) * 2;
            (string Name, double? Count, double? Seconds, double? Rate)[] phases =
            [
                ("prefill", record.CachedTokens > 0 ? null : record.PromptTokens, record.PrefillSeconds, record.PrefillTps),
                ("generation", record.OutputTokens, record.Kind == RecordKind.Aggregate ? null : record.GenerationSeconds,
                    record.GenerationTps),
                ("output", record.TotalOutputTokens, record.DurationSeconds, record.Kind == RecordKind.Aggregate ? record.OutputTps : null),
            ];
            foreach (var (name, count, seconds, rate) in phases)
            {
                if (count is not > 1 || seconds is not > 0 || rate is not > 0)
                    continue;
                // A tool may count the steps between tokens, one less than the tokens.
                var off = Math.Min(Math.Abs(count.Value / seconds.Value / rate.Value - 1),
                    Math.Abs((count.Value - 1) / seconds.Value / rate.Value - 1));
                if (off > allowed)
                    yield return (FormattableString.Invariant(
                        $"{record.Name}: {count:#,0} tokens in {seconds:0.###} s are {count / seconds:#,0.##} a second, and the {name} rate given is {rate:#,0.##}"), [record.Number]);
            }
        }
    }
}
