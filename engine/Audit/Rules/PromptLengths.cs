using MemoryWall.Analysis.Rules;

namespace MemoryWall.Audit.Rules;

/// <summary>Records whose prompts have another length than requested. Prompts that were cut are all shorter; prompts that were made with
/// another number of tokens scatter on both sides.</summary>
internal static class PromptLengths
{
    /// <summary>The records with fewer tokens than requested, in a file in which none has more.</summary>
    public static IReadOnlyList<AuditRecord> FindCut(AuditedFile file, AuditRules rules)
    {
        var compared = Compare(file).ToList();
        return compared.Exists(record => record.PromptTokens > record.PromptTokensAsked + Allowed(file, record, rules)) ? []
            : [.. compared.Where(record => record.PromptTokens < record.PromptTokensAsked * (1 - rules.TruncationShare))];
    }

    /// <summary>The records with another length, without those that were cut.</summary>
    public static IReadOnlyList<AuditRecord> FindWrong(AuditedFile file, AuditRules rules) =>
        [.. Compare(file).Except(FindCut(file, rules)).Where(
            record => Math.Abs(record.PromptTokens!.Value - record.PromptTokensAsked!.Value) > Allowed(file, record, rules))];

    private static IEnumerable<AuditRecord> Compare(AuditedFile file) =>
        file.Records.Where(
            record => record is { Succeeded: not false, Truncated: not true, PromptTokensAsked: > 0, PromptTokens: not null });

    private static double Allowed(AuditedFile file, AuditRecord record, AuditRules rules) =>
        Math.Max(file.Tool == "memwall" ? 0 : rules.TemplateTokens, record.PromptTokensAsked!.Value * rules.PromptLengthShare);
}
