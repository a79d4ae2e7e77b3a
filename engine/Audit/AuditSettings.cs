namespace MemoryWall.Audit;

/// <summary>What the user knows and a result file does not say. What is absent is left to the file.</summary>
public sealed record AuditSettings
{
    /// <summary>Prompt tokens that were asked for.</summary>
    public int? PromptTokens { get; init; }

    /// <summary>Output tokens that were asked for.</summary>
    public int? OutputTokens { get; init; }

    /// <summary>Bytes per second that the memory holding the weights gives at most.</summary>
    public double? MemoryBytesPerSecond { get; init; }

    /// <summary>Bytes of weights that are read for each token.</summary>
    public long? WeightBytes { get; init; }
}
