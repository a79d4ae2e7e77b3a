namespace MemoryWall.Core.Trials;

/// <summary>What it cost to have the server's memory at hand during one phase: growth of the system's counters. What the system does not
/// tell is absent.</summary>
public sealed record MemoryTraffic
{
    /// <summary>Bytes that the server's process had fetched from storage: page-ins of mapped weights and of swapped memory among
    /// them.</summary>
    public long? ReadBytes { get; init; }

    /// <summary>File pages read again after they had been evicted.</summary>
    public long? FileRefaults { get; init; }

    /// <summary>Anonymous pages swapped in again after they had been evicted.</summary>
    public long? AnonymousRefaults { get; init; }

    /// <summary>Page faults that needed storage. They alone miss weights that are read again: the kernel reads far ahead.</summary>
    public long? MajorFaults { get; init; }

    /// <summary>Times that an allocation ran into the cap and memory had to be reclaimed first.</summary>
    public long? LimitHits { get; init; }
}

/// <summary>The memory of the embedded server during a trial, by the system's own counters.</summary>
public sealed record TrialMemory
{
    /// <summary>The limit in force; absent where there was none.</summary>
    public long? CapBytes { get; init; }

    /// <summary>The most bytes charged to the limit since the server was started; file pages count too.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>Anonymous bytes in memory at the end of the trial.</summary>
    public long? AnonymousBytes { get; init; }

    /// <summary>Bytes of file pages in memory at the end of the trial, mapped weights among them.</summary>
    public long? FileBytes { get; init; }

    /// <summary>Bytes swapped out at the end of the trial.</summary>
    public long? SwapBytes { get; init; }

    /// <summary>Processes that the kernel killed for want of memory under the limit during the trial.</summary>
    public long? OomKills { get; init; }

    /// <summary>While the model was made ready; absent where that was not seen.</summary>
    public MemoryTraffic? Load { get; init; }

    /// <summary>From the request to the first token; absent where there was none.</summary>
    public MemoryTraffic? Prefill { get; init; }

    /// <summary>From the first token to the end; absent where there was no token.</summary>
    public MemoryTraffic? Generation { get; init; }
}
