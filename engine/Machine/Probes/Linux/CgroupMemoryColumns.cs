namespace MemoryWall.Machine.Probes.Linux;

/// <summary>The columns of one control group's memory, the same for both kernel interfaces.</summary>
internal sealed class CgroupMemoryColumns
{
    public CgroupMemoryColumns(string source, string group)
    {
        Columns = new ProbeColumns(source);
        Current = Columns.AddGauge($"{source}_memory_bytes", $"Memory charged to {group}: programs, page cache and kernel.");
        Limit = Columns.AddGauge($"{source}_limit_bytes",
            "The tightest hard limit of the group and those above it; absent where there is none.");
        High = Columns.AddGauge($"{source}_high_bytes",
            "Limit above which the group is slowed down and reclaimed (v2); absent where there is none.");
        Swap = Columns.AddGauge($"{source}_swap_bytes", "Swap charged to the group.");
        SwapLimit = Columns.AddGauge($"{source}_swap_limit_bytes",
            "Swap that the group may use (v1: memory and swap less memory); absent where there is no limit.");
        Anon = Columns.AddGauge($"{source}_anon_bytes", "Memory that no file backs.");
        File = Columns.AddGauge($"{source}_file_bytes", "Page cache, shared memory included.");
        RefaultFile = Columns.AddCounter($"{source}_refault_file_pages_total",
            "Pages of files read again soon after they had been dropped.");
        RefaultAnon = Columns.AddCounter($"{source}_refault_anon_pages_total",
            "Pages of programs swapped in again soon after they had been swapped out.");
        MajorFaults = Columns.AddCounter($"{source}_major_faults_total", "Page faults that waited for a disk.");
        LimitHits = Columns.AddCounter($"{source}_limit_hits_total",
            "Times that the group met its hard limit and had to be reclaimed (v1: failcnt of memory and of memory with swap, the second of which recent kernels leave at 0; v2: max).");
        HighEvents = Columns.AddCounter($"{source}_high_events_total", "Times that the group went over its high limit (v2).");
        Oom = Columns.AddCounter($"{source}_oom_total", "Times that memory ran out in the group (v2).");
        OomKill = Columns.AddCounter($"{source}_oom_kill_total", "Processes of the group killed because memory ran out.");
        PressureSome = Columns.AddCounter($"{source}_pressure_memory_some_seconds_total",
            "Time in which a task of the group waited for memory (v2).");
        PressureFull = Columns.AddCounter($"{source}_pressure_memory_full_seconds_total",
            "Time in which all tasks of the group that had work waited for memory (v2).");
    }

    public ProbeColumns Columns { get; }

    public int Current { get; }

    public int Limit { get; }

    public int High { get; }

    public int Swap { get; }

    public int SwapLimit { get; }

    public int Anon { get; }

    public int File { get; }

    public int RefaultFile { get; }

    public int RefaultAnon { get; }

    public int MajorFaults { get; }

    public int LimitHits { get; }

    public int HighEvents { get; }

    public int Oom { get; }

    public int OomKill { get; }

    public int PressureSome { get; }

    public int PressureFull { get; }
}
