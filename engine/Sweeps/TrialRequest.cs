using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps;

/// <summary>What one trial was asked to be.</summary>
internal sealed record TrialRequest
{
    public required SweepStep Step { get; init; }

    public required int Number { get; init; }

    /// <summary>Which of the step's streams, from 1.</summary>
    public int Stream { get; init; } = 1;

    public required int OutputTokens { get; init; }

    public required int WindowTokens { get; init; }

    public PromptKind PromptKind { get; init; }

    /// <summary>The prompt; null where it could not be built.</summary>
    public Prompt? Prompt { get; init; }

    /// <summary>Why the trial could not even be asked of the target; null where it could.</summary>
    public Outcome? Problem { get; init; }

    public bool WarmPrefix { get; init; }

    public SweepMethod Method { get; init; }

    /// <summary>Prompt tokens that are not to be computed.</summary>
    public int SkipPromptTokens { get; init; }

    public bool AfterRestart { get; init; }
}
