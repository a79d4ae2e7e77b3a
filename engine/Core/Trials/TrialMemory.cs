namespace MemoryWall.Core.Trials;

/// <summary>Paging of the server during one phase, as growth of the system's counters. A counter that the system does not have is
/// absent.</summary>
public sealed record MemoryTraffic
{
    /// <summary>Bytes that the server's process read from storage, including page-ins of mapped weights and of swapped
    /// memory.</summary>
    public long? ReadBytes { get; init; }

    /// <summary>File pages read again after they had been evicted.</summary>
    public long? FileRefaults { get; init; }

    /// <summary>Anonymous pages swapped in again after they had been evicted.</summary>
    public long? AnonymousRefaults { get; init; }

    /// <summary>Page faults that read from storage. They undercount weights that are read again, because the kernel reads far
    /// ahead.</summary>
    public long? MajorFaults { get; init; }

    /// <summary>How often an allocation hit the memory limit and memory had to be reclaimed first.</summary>
    public long? LimitHits { get; init; }
}

/// <summary>The memory of the server during a trial, by the counters of the system: of the embedded server and its limit, or of the
/// processes of another server on this machine.</summary>
public sealed record TrialMemory
{
    /// <summary>The memory limit; absent for none.</summary>
    public long? CapBytes { get; init; }

    /// <summary>Peak of the bytes charged to the limit since the server was started, file pages included.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>Anonymous bytes in memory at the end of the trial.</summary>
    public long? AnonymousBytes { get; init; }

    /// <summary>Bytes of file pages in memory at the end of the trial, mapped weights included.</summary>
    public long? FileBytes { get; init; }

    /// <summary>Bytes swapped out at the end of the trial.</summary>
    public long? SwapBytes { get; init; }

    /// <summary>Processes that the kernel's OOM killer killed under the limit during the trial.</summary>
    public long? OomKills { get; init; }

    /// <summary>While the model was loaded; absent where that was not observed.</summary>
    public MemoryTraffic? Load { get; init; }

    /// <summary>From the request to the first token; absent without a first token.</summary>
    public MemoryTraffic? Prefill { get; init; }

    /// <summary>From the first token to the end; absent without a first token.</summary>
    public MemoryTraffic? Generation { get; init; }
}
