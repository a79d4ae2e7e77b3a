namespace MemoryWall.Core.Plan;

/// <summary>A limit on the memory of the inference process, enforced by the operating system.</summary>
public sealed record CapPlan
{
    /// <summary>The most memory that the process may have, in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The most that it may swap out beyond that, in bytes; 0 for no swap, absent for as much as the machine has.</summary>
    public long? SwapBytes { get; init; }
}
