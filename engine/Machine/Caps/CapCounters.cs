namespace MemoryWall.Machine.Caps;

/// <summary>
/// What the system counted for a capped process since the cap was made. Counters only grow, so the difference of two readings belongs to
/// the time between them. What a system does not report is null.
/// </summary>
internal sealed record CapCounters
{
    /// <summary>Bytes charged now: anonymous memory, and pages of files that this process was the first to read.</summary>
    public long? CurrentBytes { get; init; }

    /// <summary>The highest charge so far.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>The limit in force, as the system reports it; null where there is none.</summary>
    public long? LimitBytes { get; init; }

    /// <summary>Bytes swapped out now.</summary>
    public long? SwapBytes { get; init; }

    /// <summary>How often an allocation hit the limit and memory had to be reclaimed first.</summary>
    public long? LimitHits { get; init; }

    /// <summary>Processes that the kernel killed because nothing could be reclaimed: proof of out of memory.</summary>
    public long? OomKills { get; init; }

    /// <summary>Anonymous bytes in memory now.</summary>
    public long? AnonymousBytes { get; init; }

    /// <summary>Bytes of file pages in memory now, mapped weights included.</summary>
    public long? FileBytes { get; init; }

    /// <summary>Page faults that needed storage.</summary>
    public long? MajorFaults { get; init; }

    /// <summary>File pages read again after they had been evicted: the sign of a weights wall, which major faults miss.</summary>
    public long? FileRefaults { get; init; }

    /// <summary>Anonymous pages swapped in again after they had been evicted: the sign of a KV wall.</summary>
    public long? AnonymousRefaults { get; init; }
}
