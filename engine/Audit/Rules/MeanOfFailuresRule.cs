
namespace MemoryWall.Audit.Rules;

/// <summary>Means with failed requests: the result does not say whether the failures are included, nor how they affected the
/// others. Left out, they make a server that refuses look faster than one that answers.</summary>
internal sealed class MeanOfFailuresRule : IAuditRule
{
    public string Name => "mean-of-failures";

    public RuleOrigin Origin { get; } = new("vllm-project/guidellm#444",
        "failed requests were included in the means: throughput was too low and TTFT too high");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records.Where(record => record.Kind != RecordKind.Request && !HasNoMeans(record)))
        {
            if (record.Failed is > 0 and var failed)
                yield return (new FailuresInMeans(record.Name, failed, record.Requests), [record.Number]);
            else if (record.FailedShare is > 0 and var share)
                yield return (new FailedShareInMeans(record.Name, share), [record.Number]);
        }
    }

    // Where everything failed and the tool says so, there is no mean to doubt.
    private static bool HasNoMeans(AuditRecord record) => record is
    {
        Succeeded: false, TtftSeconds: null, TpotSeconds: null, PrefillTps: null, GenerationTps: null, OutputTps: null, TotalTps: null
    };
}
