using System.Diagnostics.CodeAnalysis;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Prompts;
using MemoryWall.Sweeps.Recording;
using MemoryWall.Sweeps.Sessions;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>What preflight found and prepared. Owns the session.</summary>
internal sealed class PreflightResult : IAsyncDisposable
{
    /// <summary>The findings.</summary>
    public required IReadOnlyList<PreflightFinding> Findings { get; init; }

    /// <summary>The machine.</summary>
    public required MachineFacts Machine { get; init; }

    /// <summary>The plan, where auto is replaced by the method that the target supports.</summary>
    public required SweepPlan Plan { get; init; }

    /// <summary>The machine's ceilings; null where they were not measured.</summary>
    public MachineCeilings? Ceilings { get; init; }

    /// <summary>The target's session; null where the target could not be started or reached.</summary>
    public ITargetSession? Session { get; init; }

    /// <summary>The target; null where it does not answer.</summary>
    public TargetFacts? Target { get; init; }

    /// <summary>The exporters whose readings are stored beside this machine's.</summary>
    public ExporterSources Exporters { get; init; } = ExporterSources.None;

    /// <summary>Builds the prompts; null where none can be built.</summary>
    public PromptFactory? Prompts { get; init; }

    /// <summary>How the prompts of single trials are sent; null with <see cref="Prompts"/>.</summary>
    public PromptForm? PromptAs { get; init; }

    /// <summary>Whether a finding stops the run and is not overruled by the user.</summary>
    public required bool IsBlocked { get; init; }

    /// <summary>Whether the sweep can start.</summary>
    [MemberNotNullWhen(true, nameof(Session))]
    public bool CanRun => Session is not null && !IsBlocked;

    public ValueTask DisposeAsync() => Session?.DisposeAsync() ?? ValueTask.CompletedTask;
}
