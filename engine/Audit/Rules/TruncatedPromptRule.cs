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
        foreach (var record in file.Records)
        {
            if (record.Succeeded != false && record.PromptTokensAsked is { } asked && record.PromptTokens is { } counted
                && counted < asked * (1 - rules.TruncationShare))
                yield return (new FewerTokensCounted(record.Name, counted, asked), [record.Number]);
            else if (file.Tool == "ollama" && record.PromptTokensAsked is null && FindWindow(record.PromptTokens) is { } window)
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
