namespace MemoryWall.Audit;

/// <summary>A result file as read.</summary>
public sealed record AuditedFile
{
    /// <summary>The file's name.</summary>
    public required string Name { get; init; }

    /// <summary>The tool that wrote it: <c>llama-bench</c>, <c>vllm</c>, <c>guidellm</c>, <c>aiperf</c>, <c>ollama</c> or <c>memwall</c>;
    /// absent where it is none of them.</summary>
    public string? Tool { get; init; }

    /// <summary>Its records, in the file's order.</summary>
    public IReadOnlyList<AuditRecord> Records { get; init; } = [];

    /// <summary>What of it could not be read, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Reasons for doubt; empty is no proof that all is well.</summary>
    public IReadOnlyList<Doubt> Doubts { get; init; } = [];

    /// <summary>Bytes per second that the machine's memory gives at most; absent where not known.</summary>
    public double? MemoryBytesPerSecond { get; init; }

    /// <summary>Bytes beyond which weights cannot sit in a processor's cache; absent where not known.</summary>
    public double? BeyondCacheBytes { get; init; }
}
