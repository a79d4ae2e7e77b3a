using MemoryWall.Analysis;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Trials;
using MemoryWall.Sweeps;

namespace MemoryWall.Notebooks.Live;

/// <summary>A sweep at one moment.</summary>
internal sealed record LiveState
{
    /// <summary>What is made ready; null once trials run.</summary>
    public string? Preparing { get; init; }

    public string? RunId { get; init; }

    public int StepCount { get; init; }

    /// <summary>The step under way, from 1; 0 before the first.</summary>
    public int StepNumber { get; init; }

    public SweepStep? Step { get; init; }

    public Phase Phase { get; init; }

    /// <summary>Prompt tokens computed, as last reported.</summary>
    public int? PromptTokensDone { get; init; }

    /// <summary>Tokens a second of the phase, over the last report or since the first token.</summary>
    public double? Rate { get; init; }

    public int OutputTokensDone { get; init; }

    public IReadOnlyList<TrialView> Trials { get; init; } = [];

    public MachineSnapshot? Machine { get; init; }

    public string? LastEvent { get; init; }

    public SweepEnding? Ending { get; init; }
}
