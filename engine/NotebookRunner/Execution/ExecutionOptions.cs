namespace MemoryWall.NotebookRunner.Execution;

/// <summary>How a notebook is executed.</summary>
/// <param name="Folder">The notebook's folder: the working folder of its cells.</param>
internal sealed record ExecutionOptions(string Folder)
{
    /// <summary>How long one cell may take; absent for no limit.</summary>
    public TimeSpan? CellTimeout { get; init; }

    /// <summary>How long a cell that was told to stop gets to end its work in its own way, a sweep that stores its trial for
    /// example.</summary>
    public TimeSpan StopGracePeriod { get; init; } = TimeSpan.FromSeconds(3);

    public OutputLimits Limits { get; init; } = new();
}
