namespace MemoryWall.NotebookRunner.Execution;

/// <summary>How much of what a cell writes is kept. What is left out is counted and said in its place.</summary>
internal sealed record OutputLimits
{
    /// <summary>Characters kept of one stream output: its first half and its last.</summary>
    public int MaxStreamCharacters { get; init; } = 512 * 1024;

    /// <summary>Outputs kept of one cell.</summary>
    public int MaxOutputs { get; init; } = 100;

    /// <summary>Characters of displayed values kept of one cell; plotly.js alone has 3.6 million.</summary>
    public long MaxDisplayCharacters { get; init; } = 24 * 1024 * 1024;

    /// <summary>Characters that a cell may write at all before it counts as failed: the kernel holds every event until the cell
    /// ends.</summary>
    public long MaxTotalCharacters { get; init; } = 256 * 1024 * 1024;

    /// <summary>Events that a cell may cause before it counts as failed.</summary>
    public long MaxEvents { get; init; } = 200_000;
}
