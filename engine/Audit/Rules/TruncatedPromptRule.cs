using MemoryWall.Analysis.Rules;

namespace MemoryWall.Audit.Rules;

/// <summary>
/// The server processed fewer tokens than it was sent. Ollama cuts a prompt that does not fit to half of the window plus 2 or 3 tokens, and
/// older versions to exactly the window; the count alone reveals it.
/// </summary>
internal sealed class TruncatedPromptRule(AuditRules rules) : IAuditRule
{
    public string Name => "truncated-prompt";

    public RuleOrigin Origin { get; } = new("ollama/ollama#17427",
        "a prompt beyond num_ctx is cut to num_ctx/2 + 2 tokens, answered with HTTP 200, and the count after the cut is reported");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        var reported = file.Records.Where(record => record.Truncated == true).ToList();
        if (reported.Count > 0)
        {
            var worst = reported.MaxBy(record => record.PromptTokensAsked ?? 0)!;
            yield return (new ContextCut(reported.Count, file.Records.Count, worst.PromptTokens, worst.PromptTokensAsked),
                [.. reported.Select(record => record.Number)]);
        }
        var cut = PromptLengths.FindCut(file, rules);
        // Many requests of one benchmark are one finding, with the worst of them.
        var (requests, others) = (cut.Where(record => record.Kind == RecordKind.Request).ToList(),
            cut.Where(record => record.Kind != RecordKind.Request));
        if (requests.MinBy(record => record.PromptTokens / record.PromptTokensAsked) is { } least)
            yield return (requests.Count == 1
                ? new FewerTokensCounted(least.Name, least.PromptTokens!.Value, least.PromptTokensAsked!.Value)
                : new PromptsCut(requests.Count, file.Records.Count, least.PromptTokens!.Value, least.PromptTokensAsked!.Value),
                [.. requests.Select(record => record.Number)]);
        foreach (var record in others)
            yield return (new FewerTokensCounted(record.Name, record.PromptTokens!.Value, record.PromptTokensAsked!.Value),
                [record.Number]);
        foreach (var record in file.Records.Where(
            record => file.Tool == "ollama" && record is { PromptTokensAsked: null, Truncated: null }))
        {
            if (FindWindow(record.PromptTokens) is { } window)
                yield return (new CutToWindow(record.Name, record.PromptTokens!.Value, window), [record.Number]);
        }
    }

    private int? FindWindow(double? tokens)
    {
        for (var window = rules.MinWindowTokens; window <= rules.MaxWindowTokens; window *= 2)
        {
            if (tokens == window || tokens == window / 2 + 2 || tokens == window / 2 + 3)
                return window;
        }
        return null;
    }
}
