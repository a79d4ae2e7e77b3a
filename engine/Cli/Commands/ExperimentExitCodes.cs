using MemoryWall.Cli.Host;
using MemoryWall.Experiments.State;

namespace MemoryWall.Cli.Commands;

/// <summary>The exit code of commands that say where the cells of an experiment stand.</summary>
internal static class ExperimentExitCodes
{
    /// <summary>Failed where a cell failed, or a trial of one; cells that wait or run are no failure.</summary>
    public static int From(IReadOnlyList<CellStatus> cells) =>
        cells.Any(cell => cell.State == CellState.Failed || cell.Outcome == AttemptOutcome.SomeTrialsFailed)
            ? ExitCodes.TrialsFailed
            : ExitCodes.Success;
}
