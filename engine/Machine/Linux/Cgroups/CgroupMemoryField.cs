namespace MemoryWall.Machine.Linux.Cgroups;

/// <summary>What the memory controller reports of a group, in the order of a row of <see cref="CgroupMemoryReader"/>.</summary>
internal enum CgroupMemoryField
{
    /// <summary>Bytes charged now: programs, page cache and kernel.</summary>
    CurrentBytes,

    /// <summary>The highest charge so far.</summary>
    PeakBytes,

    /// <summary>The group's own hard limit; absent where there is none.</summary>
    LimitBytes,

    /// <summary>The limit above which the group is slowed down and reclaimed (v2).</summary>
    HighBytes,

    /// <summary>Bytes in swap.</summary>
    SwapBytes,

    /// <summary>The limit of swap alone (v2).</summary>
    SwapLimitBytes,

    /// <summary>The limit of memory and swap together (v1).</summary>
    MemoryAndSwapLimitBytes,

    /// <summary>Bytes that no file backs.</summary>
    AnonBytes,

    /// <summary>Page cache, shared memory included.</summary>
    FileBytes,

    /// <summary>Page cache that processes map.</summary>
    MappedFileBytes,

    /// <summary>Memory of the kernel itself.</summary>
    KernelBytes,

    /// <summary>File pages read again soon after they were evicted.</summary>
    RefaultFilePages,

    /// <summary>Anonymous pages swapped in again soon after they were evicted.</summary>
    RefaultAnonPages,

    /// <summary>Page faults that waited for storage.</summary>
    MajorFaults,

    /// <summary>How often a charge hit the limit.</summary>
    LimitHits,

    /// <summary>How often a charge hit the limit of memory and swap together (v1).</summary>
    MemoryAndSwapLimitHits,

    /// <summary>How often the group exceeded its high limit (v2).</summary>
    HighEvents,

    /// <summary>How often memory ran out in the group (v2).</summary>
    OomEvents,

    /// <summary>Processes of the group that the kernel killed because memory ran out.</summary>
    OomKills,

    /// <summary>Seconds in which a task of the group waited for memory (v2).</summary>
    PressureSomeSeconds,

    /// <summary>Seconds in which all tasks of the group that had work waited for memory (v2).</summary>
    PressureFullSeconds,
}
