using MemoryWall.Analysis.Rules;

namespace MemoryWall.Audit.Rules;

/// <summary>Prompts of another length than requested: made of tokens and turned into text, they have another number of tokens when the
/// server reads them.</summary>
internal sealed class WrongLengthPromptRule(AuditRules rules) : IAuditRule
{
    public string Name => "wrong-length-prompt";

    public RuleOrigin Origin { get; } = new("sgl-project/sglang#15732",
        "92% of random prompts had another length than requested, because random token ids change when they are decoded and encoded again");

    public IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        var wrong = PromptLengths.FindWrong(file, rules);
        if (wrong.Count == 0)
            yield break;
        var worst = wrong.MaxBy(record => Math.Abs(Math.Log(record.PromptTokens!.Value / record.PromptTokensAsked!.Value)))!;
        yield return (new WrongPromptLengths(wrong.Count, file.Records.Count, worst.PromptTokens!.Value, worst.PromptTokensAsked!.Value),
            [.. wrong.Select(record => record.Number)]);
    }
}
