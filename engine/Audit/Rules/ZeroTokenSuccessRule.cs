namespace MemoryWall.Audit.Rules;

/// <summary>An answer without a token counts as a success: an error with HTTP 200 becomes the fastest result.</summary>
internal sealed class ZeroTokenSuccessRule : IAuditRule
{
    public string Name => "zero-token-success";

    public RuleOrigin Origin { get; } = new("tenstorrent/tt-inference-server#3331",
        "an engine out of memory answered HTTP 200 without content; four of four requests \"succeeded\" at 2,089,681 tokens/s");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        var empty = file.Records.Where(
            record => record is { Succeeded: true, OutputTokens: 0 } or { Succeeded: true, TotalOutputTokens: 0 }).ToList();
        if (empty.Count > 0)
            yield return (new EmptySuccesses(empty.Count, file.Records.Count), [.. empty.Select(record => record.Number)]);
    }
}
