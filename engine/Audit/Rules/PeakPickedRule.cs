using MemoryWall.Analysis.Rules;

namespace MemoryWall.Audit.Rules;

/// <summary>The best of several repetitions is reported as the result.</summary>
internal sealed class PeakPickedRule(AuditRules rules) : IAuditRule
{
    public string Name => "peak-picked";

    public RuleOrigin Origin { get; } = new("marcelroed/gigatoken#22",
        "a table of results kept only the best of all rounds, without saying so");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records)
        {
            if (record.Samples.Count > 1 && record.Rate is { } rate)
            {
                var (best, mean) = (record.Samples.Max(), record.Samples.Average());
                if (Math.Abs(rate / best - 1) < rules.MaxPeakDifference && best > mean * (1 + rules.MinPeakExcess))
                    yield return (new BestReported(record.Name, rate, record.Samples.Count, mean), [record.Number]);
            }
        }
    }
}
