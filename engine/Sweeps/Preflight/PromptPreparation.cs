using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Prompts;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>Prepares the prompts of a plan for its target.</summary>
internal static class PromptPreparation
{
    /// <summary>The prompts of the plan; null where none can be built, and the findings say why.</summary>
    public static async Task<PreparedPrompts?> PrepareAsync(SweepPlan plan, ITarget target, TargetFacts facts,
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
            TakesTokenIds = facts.TakesTokenIds,
        };
        async Task<int?> CountAsync(string text, CancellationToken token)
        {
            var count = await target.CountTokensAsync(text, token).ConfigureAwait(false);
            // A target reports a count that the user stopped as a problem too; here it is the end of the run, and not an error.
            token.ThrowIfCancellationRequested();
            return count.Problem is { } refusal ? throw new InvalidOperationException(refusal.Detail) : count.Tokens;
        }
        var prompts = await PromptFactory.CreateAsync(vocabulary, CountAsync, settings, cancellation).ConfigureAwait(false);
        var takesIds = facts.TakesTokenIds && vocabulary is not null && prompts.HasTokenIds;
        var isTextExact = takesIds && plan.PromptAs != PromptForm.Ids
            && await IsTextExactAsync(prompts, plan, target, cancellation).ConfigureAwait(false);
        // A text that the target may tokenize in another way has a known length only by its own count.
        if (takesIds && !isTextExact && plan.PromptAs == PromptForm.Text)
            prompts = await PromptFactory.CreateAsync(vocabulary, CountAsync, settings with { TakesTokenIds = false }, cancellation)
                .ConfigureAwait(false);
        if (prompts.Problem is { } problem)
        {
            findings.Add(PreflightFinding.Error("prompts", problem));
            return null;
        }
        if (plan.PromptAs == PromptForm.Ids && !takesIds)
        {
            findings.Add(PreflightFinding.Error("prompt as", facts.TakesTokenIds
                ? "the model's vocabulary is not known, so prompts have no token ids; use text"
                : "this server takes no token ids; use text"));
            return null;
        }
        findings.AddRange(PlanRule.FindErrors(plan.Contexts.Select(context => new PlanRule("contexts",
            context.Value < prompts.MinimumTokens,
            FormattableString.Invariant(
                $"{context.Value} tokens are too few for a prompt that no cache can know; give {prompts.MinimumTokens} or more")))));
        return new PreparedPrompts(prompts, takesIds && !isTextExact && plan.PromptAs != PromptForm.Text
            ? PromptForm.Ids
            : PromptForm.Text);
    }

    // A target that counts without computing confirms it with one prompt, also where the tokenizer is known for whole words only.
    private static async Task<bool> IsTextExactAsync(PromptFactory prompts, SweepPlan plan, ITarget target, CancellationToken cancellation)
    {
        if (target.CountRunsPrefill || !prompts.IsTextExact && plan.PromptKind != PromptKind.Words)
            return prompts.IsTextExact;
        var tokens = Math.Max(prompts.MinimumTokens, plan.Contexts.Min(context => context.Value));
        var sample = await prompts.BuildAsync(tokens, 0, cancellation: cancellation).ConfigureAwait(false);
        return sample.Prompt is { } prompt
            && (await target.CountTokensAsync(prompt.Text, cancellation).ConfigureAwait(false)).Tokens is var counted
            && (counted is null ? prompts.IsTextExact : counted == tokens);
    }

    // Null where the file cannot be read.
    private static DocumentContent? ReadDocument(SweepPlan plan, List<PreflightFinding> findings)
    {
        if (plan.PromptKind != PromptKind.Document)
            return new DocumentContent(null);
        try
        {
            return new DocumentContent(DocumentFile.Read(plan.DocumentPath!));
        }
        catch (FormatException error)
        {
            findings.Add(PreflightFinding.Error("document", $"'{plan.DocumentPath}' cannot be used: {error.Message}"));
            return null;
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

/// <summary>The prompts of a plan for its target.</summary>
/// <param name="Factory">Builds them.</param>
/// <param name="Form">How those of single trials are sent.</param>
internal sealed record PreparedPrompts(PromptFactory Factory, PromptForm Form);
