using System.Globalization;
using System.Text.RegularExpressions;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets;

/// <summary>A target's count of the tokens of a text, or why there is none.</summary>
/// <param name="Tokens">The count, including tokens that the target adds; null for none.</param>
/// <param name="Problem">What the server answered instead; null where there is a count, or where the server just gave none.</param>
internal sealed partial record TokenCountResult(int? Tokens, Outcome? Problem)
{
    /// <summary>The count of an answer. A server that refuses a prompt because of its length may tell the count in its refusal.</summary>
    public static TokenCountResult FromReport(InferenceReport report) =>
        (report.CountedPromptTokens ?? ReadRefusal(report.Outcome)) is { } tokens
            ? new(tokens, null)
            : new(null, report.Outcome is Completed ? null : report.Outcome);

    private static int? ReadRefusal(Outcome outcome) =>
        outcome is Refused { Text: { } text } && CountInRefusal().Match(text) is { Success: true } match
            && int.TryParse(match.Groups["count"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    // llama.cpp: "request (1019 tokens) exceeds the available context size (768 tokens)"; the embedded server: "the prompt has 1019 tokens,
    // but the context window".
    [GeneratedRegex(@"request \((?<count>[0-9]{1,9}) tokens\) exceeds|the prompt has (?<count>[0-9]{1,9}) tokens, but the context"
        + @"|n_prompt_tokens[^0-9]{1,4}(?<count>[0-9]{1,9})\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CountInRefusal();
}
