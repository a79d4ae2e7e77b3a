using MemoryWall.Analysis.Rules;

namespace MemoryWall.Audit.Rules;

/// <summary>
/// A part of the total time that belongs to no phase, longer than prefill itself: prefill took that time, or something that is not timed.
/// Only where loading is known too, because it belongs to the total. Ollama's total also has the wait for other clients and the saving of
/// the prompt before; so there the rate of prefill must be too high as well.
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
                && rest > rules.MinUnaccountedSeconds && rest > prefill && (file.Tool != "ollama" || IsTooFast(record, file)))
                yield return (new UnaccountedTime(record.Name, total, rest, record.PrefillTps), [record.Number]);
        }
    }

    // Above the rates of the file's other prompts, or where there are none, of what computing a prompt can gain over generation.
    private bool IsTooFast(AuditRecord record, AuditedFile file)
    {
        if (PrefillRate(record) is not { } rate)
            return false;
        var others = file.Records.Where(other => other.Number != record.Number && other.Model == record.Model && !(other.CachedTokens > 0))
            .Select(PrefillRate).OfType<double>().ToList();
        return others.Count > 0 && rate > rules.MinPrefillSpeedup * others.Max()
            || rate > rules.MaxPrefillToGeneration * (record.OutputTokens / record.GenerationSeconds);
    }

    // Tokens from a cache take no time, so that the rate of such a prompt says nothing.
    private static double? PrefillRate(AuditRecord record) =>
        record is { PrefillSeconds: > 0 and var seconds, PromptTokens: { } tokens } ? tokens / seconds : null;
}
