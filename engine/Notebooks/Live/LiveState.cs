using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Trials;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Notebooks.Live;

/// <summary>The state of a running sweep.</summary>
internal sealed record LiveState
{
    /// <summary>The preparation step; null once trials run.</summary>
    public string? Preparing { get; init; }

    public string? RunId { get; init; }

    public int StepCount { get; init; }

    /// <summary>The number of the current step, from 1; 0 before the first.</summary>
    public int StepNumber { get; init; }

    public SweepStep? Step { get; init; }

    public Phase Phase { get; init; }

    /// <summary>Prompt tokens computed according to the last report; null if unknown.</summary>
    public int? PromptTokensDone { get; init; }

    /// <summary>Tokens per second: in prefill since the previous report, in generation since the first token. Null if unknown.</summary>
    public double? Rate { get; init; }

    public int OutputTokensDone { get; init; }

    public IReadOnlyList<TrialView> Trials { get; init; } = [];

    public MachineSnapshot? Machine { get; init; }

    public string? LastEvent { get; init; }

    public SweepEnding? Ending { get; init; }
}
