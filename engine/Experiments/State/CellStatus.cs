namespace MemoryWall.Experiments.State;

/// <summary>Where a cell stands.</summary>
internal enum CellState
{
    /// <summary>It has no attempt, or one that a scheduler has not started.</summary>
    Waiting,

    /// <summary>It is being measured.</summary>
    Running,

    /// <summary>Its run is stored.</summary>
    Done,

    /// <summary>Its last attempt ended without a result.</summary>
    Failed,
}

/// <summary>A cell of an experiment that was begun, and where it stands.</summary>
internal sealed record CellStatus
{
    /// <summary>The cell's number.</summary>
    public required int Cell { get; init; }

    /// <summary>Its values.</summary>
    public required IReadOnlyList<CellValue> Values { get; init; }

    /// <summary>Its block.</summary>
    public required int Repetition { get; init; }

    /// <summary>Where it stands.</summary>
    public required CellState State { get; init; }

    /// <summary>How its last attempt ended; absent while it waits or runs.</summary>
    public AttemptOutcome? Outcome { get; init; }

    /// <summary>The outcome in a sentence; absent where there is nothing to add.</summary>
    public string? Message { get; init; }

    /// <summary>The number of attempts.</summary>
    public int Attempts { get; init; }

    /// <summary>The machine of the last attempt; absent where it is not known.</summary>
    public string? Host { get; init; }

    /// <summary>The task of the scheduler; absent for none.</summary>
    public string? Task { get; init; }

    /// <summary>The id of its run, which is in the folder of runs once the cell is done.</summary>
    public required string RunId { get; init; }
}
