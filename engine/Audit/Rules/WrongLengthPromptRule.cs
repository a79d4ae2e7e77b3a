using System.Globalization;
using MemoryWall.Analysis.Rules;

namespace MemoryWall.Audit.Rules;

/// <summary>Prompts of another length than requested: made of tokens and turned into text, they have another number of tokens when the
/// server reads them.</summary>
internal sealed class WrongLengthPromptRule(AuditRules rules) : IAuditRule
{
    public string Name => "wrong-length-prompt";

    public RuleOrigin Origin { get; } = new("sgl-project/sglang#15732",
        "92% of random prompts had another length than requested, because random token ids change when they are decoded and encoded again");

    public IEnumerable<(string Sentence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        var wrong = file.Records.Where(
            record => record.Succeeded != false && record.PromptTokensAsked is { } asked && record.PromptTokens is { } counted
                && Math.Abs(counted - asked)
                    > Math.Max(file.Tool == "memwall" ? 0 : rules.TemplateTokens, asked * rules.PromptLengthShare)).ToList();
        if (wrong.Count == 0)
            yield break;
        var worst = wrong.MaxBy(record => Math.Abs(Math.Log(record.PromptTokens!.Value / record.PromptTokensAsked!.Value)))!;
        yield return (string.Create(CultureInfo.InvariantCulture,
            $"{wrong.Count} of {file.Records.Count} records have prompts of another length than requested; the largest "
                + $"deviation is {worst.PromptTokens:0} tokens instead of "
                    + $"{worst.PromptTokensAsked:0}"), [.. wrong.Select(record => record.Number)]);
    }
}
