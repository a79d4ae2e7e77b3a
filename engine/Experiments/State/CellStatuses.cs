namespace MemoryWall.Experiments.State;

/// <summary>Derives where the cells of an experiment stand from the facts of its folder. Nothing derived is stored.</summary>
internal static class CellStatuses
{
    /// <summary>The cells in their order.</summary>
    /// <param name="plan">The experiment.</param>
    /// <param name="hasResult">Whether the run of this id is in the folder of runs. It outweighs everything else.</param>
    /// <param name="facts">Rounds and attempts.</param>
    /// <param name="live">What runs now.</param>
    public static IReadOnlyList<CellStatus> Derive(ExperimentPlan plan, Func<string, bool> hasResult, ExperimentFacts facts,
        LiveTasks live)
    {
        // What an earlier process of this machine began does not run.
        var now = (Live: live, Round: live.IsLocalRun ? facts.Rounds.Select(round => round.Number).DefaultIfEmpty(0).Max() : 0);
        var starts = facts.Starts.ToLookup(start => start.Cell);
        var ends = facts.Ends.ToLookup(end => end.Cell);
        var tasks = facts.Rounds.SelectMany(round => round.Jobs.SelectMany(job => job.Cells.Select(cell => new CellTask(cell, round.Number,
            SlurmTaskName(job, cell))))).ToLookup(task => task.Cell);
        return [.. plan.Cells.Select(cell => (Cell: cell, RunId: plan.GetRunId(cell))).Select(entry => Derive(entry.Cell, entry.RunId,
            hasResult(entry.RunId), new CellFacts([.. starts[entry.Cell.Number]], [.. ends[entry.Cell.Number]],
                tasks[entry.Cell.Number].MaxBy(task => task.Round)), now))];
    }

    /// <summary>The name of a cell's task, as the scheduler prints it.</summary>
    public static string SlurmTaskName(SubmittedJob job, int cell) => FormattableString.Invariant($"{job.Id}_{cell - job.Offset}");

    private static CellStatus Derive(ExperimentCell cell, string runId, bool isDone, CellFacts facts, (LiveTasks Live, int Round) now)
    {
        var rounds = facts.ListRounds();
        var round = rounds.DefaultIfEmpty(0).Max();
        var start = facts.Starts.FirstOrDefault(start => start.Round == round);
        var end = facts.Ends.FirstOrDefault(end => end.Round == round);
        var task = facts.Task?.Round == round ? facts.Task.Name : null;
        var status = new CellStatus
        {
            Cell = cell.Number,
            Values = cell.Values,
            Repetition = cell.Repetition,
            State = CellState.Waiting,
            Attempts = rounds.Count,
            Host = end?.Host ?? start?.Host,
            Task = task,
            RunId = runId,
        };
        if (isDone)
            return facts.Ends.OrderBy(known => known.Round).FirstOrDefault(known => known.IsResult) is { } result
                ? status with { State = CellState.Done, Outcome = result.Outcome, Message = result.Message, Host = result.Host }
                : status with { State = CellState.Done };
        if (end is not null)
            return status with { State = CellState.Failed, Outcome = end.Outcome, Message = end.Message };
        if (task is not null)
            return now.Live.RunningTasks.Contains(task) || (now.Live.IsUnknown && start is not null)
                ? status with { State = CellState.Running }
                : status;
        if (start is null)
            return status;
        if (start.Round == now.Round)
            return status with { State = CellState.Running };
        return status with { State = CellState.Failed, Outcome = AttemptOutcome.Failed, Message = "its process was killed" };
    }

    private sealed record CellTask(int Cell, int Round, string Name);

    private sealed record CellFacts(IReadOnlyList<AttemptStart> Starts, IReadOnlyList<AttemptEnd> Ends, CellTask? Task)
    {
        public IReadOnlySet<int> ListRounds() => Starts.Select(start => start.Round).Concat(Ends.Select(end => end.Round))
            .Concat(Task is { } task ? [task.Round] : Array.Empty<int>()).ToHashSet();
    }
}

/// <summary>What the folder of an experiment says.</summary>
internal sealed record ExperimentFacts(IReadOnlyList<ExperimentRound> Rounds, IReadOnlyList<AttemptStart> Starts,
    IReadOnlyList<AttemptEnd> Ends)
{
    /// <summary>Reads them.</summary>
    public static ExperimentFacts Read(ExperimentFolder folder) => new(folder.ReadRounds(), folder.ReadStarts(), folder.ReadEnds());
}

/// <summary>What runs now.</summary>
/// <param name="IsLocalRun">Whether a process of this machine runs the experiment.</param>
/// <param name="RunningTasks">The scheduler's tasks that run.</param>
/// <param name="IsUnknown">Whether the scheduler could not be asked.</param>
internal sealed record LiveTasks(bool IsLocalRun, IReadOnlySet<string> RunningTasks, bool IsUnknown)
{
    /// <summary>Nothing runs.</summary>
    public static LiveTasks None { get; } = new(IsLocalRun: false, new HashSet<string>(), IsUnknown: false);
}
