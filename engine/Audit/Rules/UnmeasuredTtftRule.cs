namespace MemoryWall.Audit.Rules;

/// <summary>A time to the first token of 0 among successes: no token was timed, and the 0 stands in means and medians, where it makes
/// the server look faster and moves all its time into generation.</summary>
internal sealed class UnmeasuredTtftRule : IAuditRule
{
    public string Name => "unmeasured-ttft";

    public RuleOrigin Origin { get; } = new("sgl-project/sglang#36047",
        "requests whose stream brought no token kept a TTFT of 0.0 and counted as successful; the median TTFT was 0.00, and TPOT had all "
            + "the time of queue and prefill");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        var untimed = file.Records.Where(
            record => record is { Kind: RecordKind.Request, Succeeded: not false, TtftSeconds: <= 0 }).ToList();
        if (untimed.Count > 0)
            yield return (new UntimedRequests(untimed.Count, file.Records.Count(record => record.Kind == RecordKind.Request)),
                [.. untimed.Select(record => record.Number)]);
        foreach (var record in file.Records.Where(
            record => record is { Kind: not RecordKind.Request, Succeeded: not false, TtftSeconds: <= 0 }
                && record.OutputTokens is not <= 0))
            yield return (new NothingTimed(record.Name), [record.Number]);
    }
}
