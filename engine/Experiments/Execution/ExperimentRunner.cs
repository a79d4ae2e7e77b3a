using MemoryWall.Experiments.State;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Experiments.Execution;

/// <summary>Runs the cells of an experiment on this machine, one after the other, until all have a result or the user stops.</summary>
internal static class ExperimentRunner
{
    /// <summary>Runs the cells that have no result. A cell that cannot be measured is a failure, and the next one begins.</summary>
    /// <param name="folder">The experiment's folder.</param>
    /// <param name="plan">The experiment.</param>
    /// <param name="settings">How targets are reached.</param>
    /// <param name="observer">Follows the cells.</param>
    /// <param name="cancellation">The user's request to stop: the cell in progress is stored, and continued by the next start.</param>
    /// <returns>The ends of the cells that were tried.</returns>
    /// <exception cref="Runs.Files.StoreException">Another process runs the experiment, or its folder cannot be written.</exception>
    public static async Task<IReadOnlyList<AttemptEnd>> RunAsync(ExperimentFolder folder, ExperimentPlan plan, SweepSettings settings,
        IExperimentObserver observer, CancellationToken cancellation)
    {
        using var held = folder.Lock();
        var left = plan.Cells.Where(cell => !folder.HasResult(plan.GetRunId(cell))).ToList();
        if (left.Count == 0)
            return [];
        var round = folder.NextRound();
        folder.Write(round);
        var runner = new CellRunner(folder, plan, settings, folder.Unfinished);
        var ends = new List<AttemptEnd>();
        foreach (var cell in left)
        {
            if (cancellation.IsCancellationRequested)
                break;
            var end = await runner.RunAsync(cell, round.Number, observer.CellStarted(cell), cancellation).ConfigureAwait(false);
            ends.Add(end);
            observer.CellEnded(cell, end);
            // The next run would find the same disk.
            if (end.Outcome is AttemptOutcome.Cancelled or AttemptOutcome.StoreFailed)
                break;
        }
        return ends;
    }
}
