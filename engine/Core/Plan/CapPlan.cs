namespace MemoryWall.Core.Plan;

/// <summary>A limit on the memory of the embedded server's process, enforced by the operating system.</summary>
public sealed record CapPlan
{
    /// <summary>The largest memory of the process, in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The largest swap of the process beyond its memory, in bytes; 0 for no swap, absent for all swap of the
    /// machine.</summary>
    public long? SwapBytes { get; init; }
}
