
namespace MemoryWall.Audit.Rules;

/// <summary>Means with failed requests: the result does not say whether the failures are included, nor how they affected the
/// others.</summary>
internal sealed class MeanOfFailuresRule : IAuditRule
{
    public string Name => "mean-of-failures";

    public RuleOrigin Origin { get; } = new("vllm-project/guidellm#444",
        "failed requests were included in the means: throughput was too low and TTFT too high");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records.Where(record => record.Kind == RecordKind.Aggregate && record.Failed > 0))
            yield return (new FailuresInMeans(record.Name, record.Failed!.Value, record.Requests), [record.Number]);
    }
}
