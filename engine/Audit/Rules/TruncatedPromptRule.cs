namespace MemoryWall.Audit.Rules;

/// <summary>
/// The server worked on fewer tokens than it was sent. Ollama leaves half of the window and 2 or 3 tokens of a prompt that does not fit,
/// and older ones exactly the window; the count alone gives it away.
/// </summary>
internal sealed class TruncatedPromptRule : IAuditRule
{
    private const double Tolerance = 0.02;
    private const int MinWindow = 2048;
    private const int MaxWindow = 1 << 20;

    public string Name => "truncated-prompt";

    public RuleOrigin Origin { get; } = new("ollama/ollama#17427",
        "a prompt beyond num_ctx is cut to num_ctx/2 + 2 tokens, answered with HTTP 200, and the count after the cut is reported");

    public IEnumerable<(string Sentence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records)
        {
            if (record.Succeeded != false && record.PromptTokensAsked is { } asked && record.PromptTokens is { } counted
                && counted < asked * (1 - Tolerance))
                yield return (FormattableString.Invariant($"{record.Name}: {counted:0} prompt tokens were counted of {asked:0} asked for"),
                    [record.Number]);
            else if (file.Tool == "ollama" && record.PromptTokensAsked is null && FindWindow(record.PromptTokens) is { } window)
                yield return (FormattableString.Invariant(
                    $"{record.Name}: {record.PromptTokens:0} prompt tokens are just what a window of {window} leaves of a prompt that does not fit"), [record.Number]);
        }
    }

    private static int? FindWindow(double? tokens)
    {
        for (var window = MinWindow; window <= MaxWindow; window *= 2)
        {
            if (tokens == window || tokens == window / 2 + 2 || tokens == window / 2 + 3)
                return window;
        }
        return null;
    }
}
