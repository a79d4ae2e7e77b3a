using MemoryWall.Experiments.State;
using MemoryWall.Runs.Files;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Experiments.Execution;

/// <summary>Measures a cell as a task of a scheduler: on a disk of its node, of which nothing stays.</summary>
internal static class ScratchTask
{
    /// <summary>Measures the cell. Its end is stored in the experiment's folder in every case.</summary>
    /// <param name="folder">The experiment's folder.</param>
    /// <param name="task">The cell, and the round.</param>
    /// <param name="scratch">The folder of the node's disk.</param>
    /// <param name="settings">How targets are reached.</param>
    /// <param name="observer">Follows the sweep.</param>
    /// <param name="cancellation">The scheduler's request to stop.</param>
    /// <exception cref="FormatException">The experiment has no such cell.</exception>
    /// <exception cref="StoreException">The experiment's folder cannot be read or written.</exception>
    public static async Task<AttemptEnd> RunAsync(ExperimentFolder folder, (int Cell, int Round) task, string scratch,
        SweepSettings settings, ISweepObserver observer, CancellationToken cancellation)
    {
        var plan = folder.ReadPlan();
        var cell = plan.Cells.FirstOrDefault(cell => cell.Number == task.Cell)
            ?? throw new FormatException(FormattableString.Invariant($"--cell: the experiment has no cell {task.Cell}"));
        string work;
        try
        {
            work = CreateWorkFolder(scratch, plan.GetRunId(cell));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var end = new AttemptEnd
            {
                Cell = task.Cell,
                Round = task.Round,
                Outcome = AttemptOutcome.StoreFailed,
                Message = $"the scratch folder '{scratch}' cannot be used: {error.Message}",
                Host = CellHost.Name,
            };
            folder.Write(end);
            return end;
        }
        try
        {
            return await new CellRunner(folder, plan, settings, work).RunAsync(cell, task.Round, observer, cancellation)
                .ConfigureAwait(false);
        }
        finally
        {
            Remove(work);
        }
    }

    private static string CreateWorkFolder(string scratch, string runId)
    {
        var path = Path.Combine(Path.GetFullPath(scratch), $"memwall-{runId}-{Path.GetRandomFileName()}");
        return OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(path).FullName
            : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The result is published; a scheduler's own epilogue cleans scratch disks.
        }
    }
}
