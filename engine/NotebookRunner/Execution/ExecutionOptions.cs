namespace MemoryWall.NotebookRunner.Execution;

/// <summary>Options for the execution of a notebook.</summary>
/// <param name="Folder">The notebook's folder: the working folder of its cells.</param>
internal sealed record ExecutionOptions(string Folder)
{
    /// <summary>The time limit of each cell; null for none.</summary>
    public TimeSpan? CellTimeout { get; init; }

    /// <summary>How long a stopped cell may take to finish its work; a sweep, for example, stores its trial.</summary>
    public TimeSpan StopGracePeriod { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The cells that are left without outputs; null to execute all and stop at every failure.</summary>
    public LiveCells? LiveCells { get; init; }

    /// <summary>Whether the cells after one that failed run too. A cell that did not stop in time still ends the run, because it keeps the
    /// kernel busy.</summary>
    public bool KeepGoing { get; init; }

    public OutputLimits Limits { get; init; } = new();
}
