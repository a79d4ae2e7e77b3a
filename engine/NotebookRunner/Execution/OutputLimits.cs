namespace MemoryWall.NotebookRunner.Execution;

/// <summary>How much output of a cell is kept. A note counts the omitted output.</summary>
internal sealed record OutputLimits
{
    /// <summary>Characters kept of one stream output, half of them from its beginning and half from its end.</summary>
    public int MaxStreamCharacters { get; init; } = 512 * 1024;

    /// <summary>Outputs kept of one cell.</summary>
    public int MaxOutputs { get; init; } = 100;

    /// <summary>Characters kept of the displayed values of one cell. plotly.js alone has 3.6 million.</summary>
    public long MaxDisplayCharacters { get; init; } = 24 * 1024 * 1024;

    /// <summary>Characters that a cell may write before it is stopped. The kernel keeps every event in memory until the cell
    /// ends.</summary>
    public long MaxTotalCharacters { get; init; } = 256 * 1024 * 1024;

    /// <summary>Events that a cell may cause before it is stopped.</summary>
    public long MaxEvents { get; init; } = 200_000;
}
