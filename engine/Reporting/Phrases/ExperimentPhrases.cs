using System.Globalization;
using MemoryWall.Core.Primitives;
using MemoryWall.Experiments;
using MemoryWall.Experiments.State;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>Sentences about experiments.</summary>
internal static class ExperimentPhrases
{
    /// <summary>What a plan is: cells, blocks and order.</summary>
    public static string DescribePlan(ExperimentPlan plan)
    {
        var blocks = plan.Cells.Select(cell => cell.Repetition).DefaultIfEmpty(1).Max();
        var order = plan.Seed is { } seed ? $"shuffled with seed {seed}" : "in the order of the axes";
        return $"{plan.Name}: {WordFormat.Count(plan.Cells.Count, "cell")} in {WordFormat.Count(blocks, "block")}, {order}.";
    }

    /// <summary>How many cells are left out; null for none.</summary>
    public static string? DescribeLeftOut(ExperimentPlan plan) => plan.LeftOut.Count == 0
        ? null
        : $"{WordFormat.Count(plan.LeftOut.Count, "cell")} of {NumberFormat.Tokens(plan.LeftOut.Count + plan.Cells.Count)} "
            + $"{(plan.LeftOut.Count == 1 ? "is" : "are")} left out, and not measured:";

    /// <summary>What an experiment reads, writes and contacts beyond this program.</summary>
    /// <param name="reached">Each in words that follow "it".</param>
    public static string DescribeReached(IReadOnlyList<string> reached) => reached.Count == 0
        ? "It contacts no server and reads no file."
        : $"It {WordFormat.List(reached.Select(text => WordFormat.SingleLine(text)))}.";

    /// <summary>How long all cells take.</summary>
    /// <param name="seconds">The time; null where it is not known.</param>
    public static string DescribeTime(double? seconds) => seconds is { } known
        ? $"On this machine all cells take about {NumberFormat.EstimatedDuration(known)}, by the runs that are stored here."
        : "How long it takes is not known: no stored run of this machine is like one of the cells.";

    /// <summary>How many cells stand where.</summary>
    public static string Summarize(string name, IReadOnlyList<CellStatus> cells)
    {
        var parts = Enum.GetValues<CellState>().Reverse().Select(state => (State: state, Count: cells.Count(cell => cell.State == state)))
            .Where(part => part.Count > 0 || part.State == CellState.Done)
            .Select(part => $"{NumberFormat.Tokens(part.Count)} {FormatState(part.State)}");
        return $"{name}: {WordFormat.Count(cells.Count, "cell")}, {string.Join(", ", parts)}.";
    }

    /// <summary>Why cells failed, a line for each reason.</summary>
    public static IEnumerable<string> DescribeFailures(IReadOnlyList<CellStatus> cells) =>
        from cell in cells
        where cell.State == CellState.Failed
        group cell.Cell by (cell.Outcome, cell.Message) into same
        select $"{(same.Count() == 1 ? "cell" : "cells")} {string.Join(", ", same.Select(number => NumberFormat.Tokens(number)))}: "
            + FormatOutcome(same.Key.Outcome) + (same.Key.Message is { } message ? $": {WordFormat.SingleLine(message)}" : "");

    /// <summary>A cell that ended.</summary>
    public static string DescribeEnd(ExperimentCell cell, AttemptEnd end) =>
        $"cell {NumberFormat.Tokens(cell.Number)}: {FormatOutcome(end.Outcome)}"
        + (end.Seconds is { } seconds ? $" after {NumberFormat.Duration(seconds)}" : "")
        + (end.Message is { } message ? $": {WordFormat.SingleLine(message)}" : "");

    /// <summary>The values of a cell in a row.</summary>
    public static string DescribeValues(ExperimentCell cell) =>
        WordFormat.SingleLine(string.Join(" ", cell.Values.Select(value => value.Text)));

    /// <summary>The place of a cell among all.</summary>
    public static string DescribePosition(int number, int count) => $"cell {NumberFormat.Tokens(number)} of {NumberFormat.Tokens(count)}";

    /// <summary>How many cells are done and failed.</summary>
    public static string DescribeCounts(int done, int failed) => $"{NumberFormat.Tokens(done)} done, {NumberFormat.Tokens(failed)} failed";

    /// <summary>Jobs that were submitted.</summary>
    public static string DescribeSubmitted(ExperimentRound round) =>
        $"round {NumberFormat.Tokens(round.Number)}: {WordFormat.Count(round.Jobs.Sum(job => job.Cells.Count), "cell")} in "
        + $"{WordFormat.Count(round.Jobs.Count, "job array")} ({string.Join(", ", round.Jobs.Select(job => job.Id))})";

    /// <summary>Jobs that were cancelled.</summary>
    public static string DescribeCancelled(IReadOnlyList<string> jobs) => jobs.Count == 0
        ? "No job waits or runs."
        : $"{WordFormat.Count(jobs.Count, "job array")} cancelled: {string.Join(", ", jobs)}";

    /// <summary>That Slurm could not be asked.</summary>
    public static string DescribeUnasked(string problem) =>
        $"Slurm could not be asked, so cells without an end stand as they were seen last: {WordFormat.SingleLine(problem)}";

    /// <summary>Says that a run came into the lake after its task.</summary>
    public static string DescribeAddedLater(CellStatus cell) => string.Create(CultureInfo.InvariantCulture,
        $"Added the run of cell {cell.Cell} to the lake; its task was killed before it did so.");

    /// <summary>The state in a word.</summary>
    public static string FormatState(CellState state) => EnumNames.Name(state);

    /// <summary>The outcome in words.</summary>
    public static string FormatOutcome(AttemptOutcome? outcome) => outcome switch
    {
        null => NumberFormat.Absent,
        AttemptOutcome.CannotRun => "cannot run",
        AttemptOutcome.StoreFailed => "not stored",
        { } known => WordFormat.Words(EnumNames.Name(known)),
    };

    /// <summary>What an outcome means.</summary>
    public static string DescribeOutcome(AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.Completed => "Every trial completed.",
        AttemptOutcome.SomeTrialsFailed => "The cell was measured to its end; at least one trial did not complete, which is a result too.",
        AttemptOutcome.AlreadyMeasured => "Another attempt's run was there first; this one is not counted.",
        AttemptOutcome.CannotRun => "Preflight found that the cell cannot be measured there.",
        AttemptOutcome.Cancelled => "It was stopped: by Ctrl-C, scancel, or the signal before a job's time limit.",
        AttemptOutcome.TimedOut => "It took longer than limits.cell, or than its job may.",
        AttemptOutcome.StoreFailed => "Its run could not be stored, as on a full disk.",
        AttemptOutcome.NodeFailed => "The node that measured it failed.",
        AttemptOutcome.Preempted => "A job of a higher priority took its node.",
        AttemptOutcome.OutOfMemory => "The system killed its job for lack of memory.",
        AttemptOutcome.Failed => "Its process or its job ended otherwise without a result.",
        _ => "Slurm no longer knows its job, and it left nothing.",
    };
}
