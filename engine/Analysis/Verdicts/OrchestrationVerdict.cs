using MemoryWall.Analysis.Review;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>The steps of TTFT at one context.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="Split">The steps, of the median TTFT.</param>
internal sealed record ContextOrchestration(int ContextTokens, TtftSplit Split)
{
    /// <summary>The share of tokenization and orchestration in TTFT, 0 to 1.</summary>
    public double Share => Split.Total > TimeSpan.Zero ? Split.Preparation / Split.Total : 0;
}

/// <summary>The steps before prefill take a large part of TTFT.</summary>
/// <param name="Contexts">The contexts where they do, the smallest first.</param>
/// <param name="Trials">The trials that it rests on.</param>
internal sealed record OrchestrationVerdict(IReadOnlyList<ContextOrchestration> Contexts, IReadOnlyList<int> Trials)
    : Verdict(VerdictTopic.Orchestration, Trials)
{
    /// <summary>Whether the server reports tokenization; otherwise all of it is TTFT less what is reported.</summary>
    public bool IsTokenizationReported => Contexts.All(context => context.Split.Tokenization is not null);
}
