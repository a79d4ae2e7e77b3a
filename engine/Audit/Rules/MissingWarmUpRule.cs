using MemoryWall.Statistics;

namespace MemoryWall.Audit.Rules;

/// <summary>The first repetition is of another kind than the others, or they lie so far apart that one of them must be; a mean over them
/// describes neither.</summary>
internal sealed class MissingWarmUpRule : IAuditRule
{
    // One slow repetition of five at half the rate makes a deviation of 25% of the mean.
    private const double MaxSpread = 0.2;
    private const double MinFirstRatio = 0.8;

    public string Name => "missing-warm-up";

    public RuleOrigin Origin { get; } = new("ggml-org/llama.cpp#21282",
        "with one warm-up pp512 came out as 25,232 ± 17,263 tokens/s; with four more as 42,935 ± 240");

    public IEnumerable<(string Sentence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records.Where(record => record.Kind == RecordKind.Repeated))
        {
            if (SlowFirstRatio(record.Samples) is { } slow)
                yield return (FormattableString.Invariant(
                    $"{record.Name}: the first of {record.Samples.Count} repetitions ran at {slow:0.##} times the rate of the others, and is in their mean"), [record.Number]);
            else if (record.SpreadTps / record.Rate is > MaxSpread and var spread)
                yield return (FormattableString.Invariant(
                    $"{record.Name}: the repetitions lie {spread:0%} of their mean apart; its first ones were not warm, or the machine was not quiet"), [record.Number]);
        }
    }

    private static double? SlowFirstRatio(IReadOnlyList<double> samples)
    {
        if (samples.Count < 3)
            return null;
        var usual = Quantiles.Median(samples.Skip(1));
        return samples[0] < MinFirstRatio * samples.Skip(1).Min()
            || WarmUpDetector.DetectLength(samples) > 0 && samples[0] < usual * MinFirstRatio ? samples[0] / usual : null;
    }
}
