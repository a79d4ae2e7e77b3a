using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Prompts;

namespace MemoryWall.Sweeps;

/// <summary>What preflight found and made ready. Owns the session.</summary>
internal sealed class PreflightResult : IAsyncDisposable
{
    public required IReadOnlyList<PreflightFinding> Findings { get; init; }

    public required MachineFacts Machine { get; init; }

    /// <summary>The plan with what the target decides: the method that stands for auto.</summary>
    public required SweepPlan Plan { get; init; }

    public MachineCeilings? Ceilings { get; init; }

    public ITargetSession? Session { get; init; }

    public TargetFacts? Target { get; init; }

    public PromptFactory? Prompts { get; init; }

    /// <summary>Whether a finding stands against the run that the user has not overruled.</summary>
    public required bool IsBlocked { get; init; }

    public ValueTask DisposeAsync() => Session?.DisposeAsync() ?? ValueTask.CompletedTask;
}
