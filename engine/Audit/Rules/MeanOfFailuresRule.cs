namespace MemoryWall.Audit.Rules;

/// <summary>Means beside failures: whether the failed requests are in them, and what their share of the machine did to the others, the
/// figures do not say.</summary>
internal sealed class MeanOfFailuresRule : IAuditRule
{
    public string Name => "mean-of-failures";

    public RuleOrigin Origin { get; } = new("vllm-project/guidellm#444",
        "failed requests were part of the figures: a low throughput and a high TTFT that no request had");

    public IEnumerable<(string Sentence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records.Where(record => record.Kind == RecordKind.Aggregate && record.Failed > 0))
            yield return (FormattableString.Invariant(
                $"{record.Name}: {record.Failed:0} of {record.Requests:0} requests failed, and one figure stands for all"),
                [record.Number]);
    }
}
