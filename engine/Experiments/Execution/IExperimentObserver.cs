using MemoryWall.Experiments.State;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Experiments.Execution;

/// <summary>Follows an experiment that this machine runs.</summary>
internal interface IExperimentObserver
{
    /// <summary>A cell begins.</summary>
    /// <returns>What follows its sweep.</returns>
    ISweepObserver CellStarted(ExperimentCell cell);

    /// <summary>A cell ended, well or not.</summary>
    void CellEnded(ExperimentCell cell, AttemptEnd end);
}
