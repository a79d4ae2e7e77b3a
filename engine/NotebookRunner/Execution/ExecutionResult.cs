namespace MemoryWall.NotebookRunner.Execution;

/// <summary>The result of executing a notebook.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="CellNumber">The number of the failed cell among all cells, from 1; 0 if no cell failed.</param>
/// <param name="Failure">The failure; null if all cells succeeded.</param>
internal sealed record ExecutionResult(ExecutionOutcome Outcome, int CellNumber, CellFailure? Failure)
{
    public static ExecutionResult Completed { get; } = new(ExecutionOutcome.Completed, 0, null);
}

internal enum ExecutionOutcome
{
    Completed,

    /// <summary>A cell threw an exception, did not compile, or wrote too much.</summary>
    Failed,

    /// <summary>A cell exceeded its time limit.</summary>
    TimedOut,

    /// <summary>The user stopped the execution.</summary>
    Interrupted,
}
