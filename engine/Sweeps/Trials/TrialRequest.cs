using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Sweeps.Trials;

/// <summary>What one trial is to measure.</summary>
internal sealed record TrialRequest
{
    /// <summary>The step that the trial belongs to.</summary>
    public required SweepStep Step { get; init; }

    /// <summary>The trial's number in its run.</summary>
    public required int Number { get; init; }

    /// <summary>The stream of the step, from 1.</summary>
    public int Stream { get; init; } = 1;

    /// <summary>Tokens that the answer is to have.</summary>
    public required int OutputTokens { get; init; }

    /// <summary>The context window of the load.</summary>
    public required int WindowTokens { get; init; }

    /// <summary>Where the prompt comes from.</summary>
    public PromptKind PromptKind { get; init; }

    /// <summary>How the prompt is sent.</summary>
    public PromptForm PromptAs { get; init; }

    /// <summary>The prompt; null where it could not be built.</summary>
    public Prompt? Prompt { get; init; }

    /// <summary>Why the request could not be sent; null where it could.</summary>
    public Outcome? Problem { get; init; }

    /// <summary>Whether the prompt uses the prompt cache on purpose, which has a part of it.</summary>
    public bool WarmPrefix { get; init; }

    /// <summary>How the context is reached.</summary>
    public SweepMethod Method { get; init; }

    /// <summary>Prompt tokens whose prefill is skipped.</summary>
    public int SkipPromptTokens { get; init; }

    /// <summary>By how many tokens the target's count may differ from that of the plan: 0 where the prompt has the planned tokens by
    /// construction.</summary>
    public int CountToleranceTokens { get; init; }

    /// <summary>Whether the target was restarted unexpectedly since the step before.</summary>
    public bool AfterRestart { get; init; }

    /// <summary>Prompt tokens whose prefill is skipped. At a synthetic depth one batch is computed, of the size of the batches of the whole
    /// prompt.</summary>
    public static int ComputeSkippedTokens(SweepMethod method, int contextTokens, TargetOptions options) =>
        method == SweepMethod.SyntheticDepth ? Math.Max(0, contextTokens - options.EmbeddedBatchTokens) : 0;
}
