using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Prompts;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>Prepares the prompts of a plan for its target.</summary>
internal static class PromptPreparation
{
    /// <summary>The prompt factory; null where no prompts can be built, and the findings say why.</summary>
    public static async Task<PromptFactory?> PrepareAsync(SweepPlan plan, ITarget target, TargetFacts facts,
        List<PreflightFinding> findings, CancellationToken cancellation)
    {
        if (plan.Contexts.Count == 0 || ReadDocument(plan, findings) is not { } document)
            return null;
        var vocabulary = await target.GetVocabularyAsync(cancellation).ConfigureAwait(false);
        var settings = new PromptSettings
        {
            Kind = plan.PromptKind,
            Seed = plan.Seed,
            DocumentText = document.Text,
            // Some targets count by computing the whole prompt; with a known vocabulary they need not count each one.
            ConfirmEach = vocabulary is null,
            CountRunsPrefill = () => target.CountRunsPrefill,
        };
        // Token ids of the target's own vocabulary need no count by the target.
        var isExact = facts.TakesTokenIds && vocabulary is not null;
        var prompts = await PromptFactory.CreateAsync(vocabulary, isExact ? null : target.CountTokensAsync, settings, cancellation)
            .ConfigureAwait(false);
        if (prompts.Problem is { } problem)
        {
            findings.Add(PreflightFinding.Error("prompts", problem));
            return null;
        }
        findings.AddRange(PlanRule.FindErrors(plan.Contexts.Select(context => new PlanRule("contexts",
            context.Value < prompts.MinimumTokens,
            FormattableString.Invariant(
                $"{context.Value} tokens are too few for a prompt that no cache can know; give {prompts.MinimumTokens} or more")))));
        return prompts;
    }

    // Null where the file cannot be read.
    private static DocumentContent? ReadDocument(SweepPlan plan, List<PreflightFinding> findings)
    {
        if (plan.PromptKind != PromptKind.Document)
            return new DocumentContent(null);
        try
        {
            return new DocumentContent(File.ReadAllText(plan.DocumentPath!));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            findings.Add(PreflightFinding.Error("document", $"'{plan.DocumentPath}' cannot be read: {error.Message}"));
            return null;
        }
    }

    // The text is null for prompts that need no document.
    private sealed record DocumentContent(string? Text);
}
