using MemoryWall.Analysis.Rules;

namespace MemoryWall.Audit.Rules;

/// <summary>
/// A part of the total time that belongs to no phase, longer than prefill itself: prefill took that time, or something that is not timed.
/// Only where loading is known too, because it belongs to the total.
/// </summary>
internal sealed class UnaccountedTimeRule(AuditRules rules) : IAuditRule
{
    public string Name => "unaccounted-time";

    public RuleOrigin Origin { get; } = new("ollama/ollama#12742",
        "only the last batch of a prompt was timed: 32,768 tokens showed 139,357 tokens/s, and 7.9 s of the total belonged to no phase");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records.Where(record => record.Kind == RecordKind.Request && record.Succeeded != false))
        {
            if (record is not { DurationSeconds: { } total, LoadSeconds: { } load, PrefillSeconds: { } prefill })
                continue;
            if (total - load - prefill - record.GenerationSeconds is { } rest && rest > total * rules.MaxUnaccountedShare
                && rest > rules.MinUnaccountedSeconds && rest > prefill)
                yield return (new UnaccountedTime(record.Name, total, rest, record.PrefillTps), [record.Number]);
        }
    }
}
