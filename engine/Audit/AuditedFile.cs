namespace MemoryWall.Audit;

/// <summary>A result file as read.</summary>
public sealed record AuditedFile
{
    /// <summary>The file's name.</summary>
    public required string Name { get; init; }

    /// <summary>The tool that wrote it: <c>llama-bench</c>, <c>llama-benchy</c>, <c>llama-server</c>, <c>llama.cpp</c>, <c>ollama</c>,
    /// <c>ollama-bench</c>, <c>vllm</c>, <c>sglang</c>, <c>guidellm</c>, <c>aiperf</c>, <c>aidaptiv-bench</c> or <c>memwall</c>; absent
    /// for other files.</summary>
    public string? Tool { get; init; }

    /// <summary>Its records, in the file's order.</summary>
    public IReadOnlyList<AuditRecord> Records { get; init; } = [];

    /// <summary>Parts that could not be read, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What a log in the file says about memory, truncation and failures, in its words, each line once. The strings are
    /// untrusted.</summary>
    public IReadOnlyList<string> LogLines { get; init; } = [];

    /// <summary>Reasons for doubt. An empty list does not prove that the result is right.</summary>
    public IReadOnlyList<AuditFinding> Doubts { get; init; } = [];

    /// <summary>Peak bandwidth of the machine's memory in bytes per second; absent where unknown.</summary>
    public double? MemoryBytesPerSecond { get; init; }

    /// <summary>Size in bytes beyond which weights do not fit into a processor's cache; absent where unknown.</summary>
    public double? BeyondCacheBytes { get; init; }
}
