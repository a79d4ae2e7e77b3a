namespace MemoryWall.Audit;

/// <summary>What the user knows and a result file does not contain. For an absent value, that of the file applies.</summary>
public sealed record AuditSettings
{
    /// <summary>Requested prompt tokens.</summary>
    public int? PromptTokens { get; init; }

    /// <summary>Requested output tokens.</summary>
    public int? OutputTokens { get; init; }

    /// <summary>Peak bandwidth, in bytes per second, of the memory that contains the weights.</summary>
    public double? MemoryBytesPerSecond { get; init; }

    /// <summary>Bytes of weights that are read for each token.</summary>
    public long? WeightBytes { get; init; }
}
