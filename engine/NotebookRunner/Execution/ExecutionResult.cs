namespace MemoryWall.NotebookRunner.Execution;

/// <summary>How the execution of a notebook ended.</summary>
/// <param name="Outcome">The kind of end.</param>
/// <param name="CellNumber">The cell that stopped it, from 1 among all cells; 0 where none did.</param>
/// <param name="Failure">Why; absent where all cells ended well.</param>
internal sealed record ExecutionResult(ExecutionOutcome Outcome, int CellNumber, CellFailure? Failure)
{
    public static ExecutionResult Completed { get; } = new(ExecutionOutcome.Completed, 0, null);
}

internal enum ExecutionOutcome
{
    Completed,

    /// <summary>A cell threw, did not compile, or wrote without end.</summary>
    Failed,

    /// <summary>A cell ran past its limit.</summary>
    TimedOut,

    /// <summary>The user stopped it.</summary>
    Interrupted,
}
