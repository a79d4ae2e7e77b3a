using System.Text;
using MemoryWall.Core.Files;
using MemoryWall.Experiments.State;
using MemoryWall.Runs.Files;

namespace MemoryWall.Experiments.Slurm;

/// <summary>An experiment on a cluster: submits its cells, asks where they stand, and cancels them.</summary>
/// <param name="folder">The experiment's folder, which all nodes share.</param>
/// <param name="plan">The experiment.</param>
/// <param name="slurm">The cluster.</param>
internal sealed class SlurmExperiment(ExperimentFolder folder, ExperimentPlan plan, ISlurm slurm)
{
    /// <summary>Submits cells as one round.</summary>
    /// <param name="cells">The cells.</param>
    /// <param name="request">What the user asks for.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The round.</returns>
    /// <exception cref="SlurmException">Slurm refuses a job. Those that were submitted before it are stored, and can be
    /// cancelled.</exception>
    /// <exception cref="StoreException">The folder cannot be written.</exception>
    public async Task<ExperimentRound> SubmitAsync(IEnumerable<ExperimentCell> cells, SlurmRequest request, CancellationToken cancellation)
    {
        var round = folder.NextRound();
        var jobs = new List<SubmittedJob>();
        try
        {
            foreach (var array in SlurmJobs.Group(cells, plan.Settings))
            {
                var script = Path.Combine(folder.Scripts, FormattableString.Invariant($"{round.Number:0000}-{array.Cells[0]:00000}.sh"));
                WriteScript(script, SlurmScript.Write(plan.Name, round.Number, array, plan.Settings, request));
                var id = await slurm.SubmitAsync(script, folder.FullPath, cancellation).ConfigureAwait(false);
                jobs.Add(new SubmittedJob { Id = id, Offset = array.Offset, Cells = array.Cells });
            }
        }
        finally
        {
            if (jobs.Count > 0)
                folder.Write(round = round with { Jobs = jobs, Lake = request.Lake });
        }
        return round;
    }

    /// <summary>Where the cells stand. Ends that only Slurm knows are stored, since it forgets them.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The cells, and why Slurm could not be asked; null where it could.</returns>
    /// <exception cref="StoreException">The folder cannot be read or written.</exception>
    public async Task<(IReadOnlyList<CellStatus> Cells, string? Problem)> LookAsync(CancellationToken cancellation)
    {
        var (tasks, problem) = await AskAsync(ExperimentFacts.Read(folder), cancellation).ConfigureAwait(false);
        // Read after Slurm has told, so that the end of a task that ended meanwhile is there.
        var facts = ExperimentFacts.Read(folder);
        if (problem is null)
        {
            foreach (var end in FindEnds(facts, tasks))
                folder.WriteSeen(end);
            facts = ExperimentFacts.Read(folder);
        }
        var running = tasks.Where(task => SlurmStates.IsRunning(task.State)).Select(task => task.Name).ToHashSet(StringComparer.Ordinal);
        var live = new LiveTasks(folder.IsLocked(), running, problem is not null);
        var cells = CellStatuses.Derive(plan, folder.HasResult, facts, live);
        if (problem is null)
            RemoveAbandoned(facts, cells);
        return (cells, problem);
    }

    // A task that runs may be publishing.
    private void RemoveAbandoned(ExperimentFacts facts, IReadOnlyList<CellStatus> cells)
    {
        var ids = cells.Where(cell => cell.State != CellState.Running).Select(cell => cell.RunId).ToList();
        foreach (var root in facts.Rounds.Select(round => folder.GetStoppedFolder(round.Number)).Prepend(folder.Runs))
            RunPublisher.RemoveAbandoned(root, ids, TimeProvider.System);
    }

    /// <summary>Cancels the jobs of all cells that wait or run.</summary>
    /// <exception cref="SlurmException">Slurm refuses it.</exception>
    public async Task<IReadOnlyList<string>> CancelAsync(CancellationToken cancellation)
    {
        var jobs = ListOpenJobs(ExperimentFacts.Read(folder));
        await slurm.CancelAsync(jobs, cancellation).ConfigureAwait(false);
        return jobs;
    }

    private async Task<(IReadOnlyList<SlurmTask> Tasks, string? Problem)> AskAsync(ExperimentFacts facts, CancellationToken cancellation)
    {
        try
        {
            return (await slurm.ListTasksAsync(ListOpenJobs(facts), cancellation).ConfigureAwait(false), null);
        }
        catch (SlurmException error)
        {
            return ([], error.Message);
        }
    }

    private IReadOnlyList<string> ListOpenJobs(ExperimentFacts facts) =>
        [.. ListOpen(facts).Select(task => task.Job.Id).Distinct(StringComparer.Ordinal)];

    // Tasks without an end. A result is the end of the attempt that made it, which may have failed to say so.
    private IEnumerable<(int Round, SubmittedJob Job, int Cell)> ListOpen(ExperimentFacts facts)
    {
        var ended = facts.Ends.Select(end => (end.Cell, end.Round)).ToHashSet();
        var runs = plan.Cells.ToDictionary(cell => cell.Number, plan.GetRunId);
        return from round in facts.Rounds
               from job in round.Jobs
               from cell in job.Cells
               where !ended.Contains((cell, round.Number)) && runs.ContainsKey(cell)
               select (round.Number, job, cell);
    }

    private IEnumerable<AttemptEnd> FindEnds(ExperimentFacts facts, IReadOnlyList<SlurmTask> tasks)
    {
        var known = tasks.ToLookup(task => task.Name);
        foreach (var (round, job, cell) in ListOpen(facts))
        {
            var task = known[CellStatuses.SlurmTaskName(job, cell)].FirstOrDefault();
            if (task is not null && (SlurmStates.IsRunning(task.State) || SlurmStates.IsWaiting(task.State)))
                continue;
            yield return new AttemptEnd
            {
                Cell = cell,
                Round = round,
                Outcome = task is null ? AttemptOutcome.Lost : SlurmStates.GetOutcome(task.State),
                Message = task is null
                    ? $"Slurm no longer knows the task {CellStatuses.SlurmTaskName(job, cell)}, and it left no end"
                    : $"for Slurm the task {task.Name} is {task.State}{(task.Reason is { } reason ? $" ({reason})" : "")}, and it "
                        + "left no end",
                Host = task?.Node,
            };
        }
    }

    // Only this user may change what runs as this user.
    private static void WriteScript(string path, string text) => StoreException.WrapIOErrors(path, "writing it", () =>
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        using var file = RegularFile.Open(path, options);
        file.Write(Encoding.UTF8.GetBytes(text));
        return true;
    });
}
