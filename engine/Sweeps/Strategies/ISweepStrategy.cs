using MemoryWall.Analysis.Reports;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>Chooses the next step of a sweep from what was measured so far.</summary>
internal interface ISweepStrategy
{
    /// <summary>The steps that are planned from the start, in order, for progress. Steps that are chosen later are not among
    /// them.</summary>
    IReadOnlyList<SweepStep> PlannedSteps { get; }

    /// <summary>The next step; null where there is none.</summary>
    /// <param name="soFar">The report of all trials of the run, including those from before it was resumed; without telemetry.</param>
    SweepStep? Next(RunReport soFar);
}
