using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>Reads one file of names and numbers. Only names that the running kernel knows become columns.</summary>
internal sealed class KeyedFileProbe : IProbe
{
    private readonly KeyedFile _file;
    private readonly ProbeColumns _columns;

    private KeyedFileProbe(string name, KeyedFile file, ProbeColumns columns)
    {
        Name = name;
        _file = file;
        _columns = columns;
    }

    public string Name { get; }

    public ProbeCost Cost => ProbeCost.Light;

    public string Intrusion => "reads one file of /proc";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    /// <summary>Memory and swap of the machine, from <c>/proc/meminfo</c>.</summary>
    public static ProbeDiscovery DiscoverMemory(LinuxRoot root) => Discover("host_memory", Path.Combine(root.Proc, "meminfo"),
    [
        Kilobytes("MemTotal:", "host_memory_total_bytes", "RAM that the kernel manages."),
        Kilobytes("MemAvailable:", "host_memory_available_bytes",
            "RAM that new work could get without swapping, as the kernel estimates it."),
        Kilobytes("MemFree:", "host_memory_free_bytes", "RAM used for nothing, not even as a cache."),
        Kilobytes("Cached:", "host_memory_cached_bytes", "Page cache, tmpfs included, swap cache left out."),
        Kilobytes("AnonPages:", "host_memory_anon_bytes", "Memory of programs that no file backs."),
        Kilobytes("Dirty:", "host_memory_dirty_bytes", "Page cache that has yet to be written."),
        Kilobytes("Writeback:", "host_memory_writeback_bytes", "Page cache that is being written."),
        Kilobytes("SwapTotal:", "host_swap_total_bytes", "Swap space."),
        Kilobytes("SwapFree:", "host_swap_free_bytes", "Swap space that holds nothing."),
    ]);

    /// <summary>Faults, swapping and refaults of the machine, from <c>/proc/vmstat</c>.</summary>
    public static ProbeDiscovery DiscoverVmStat(LinuxRoot root)
    {
        double page = Environment.SystemPageSize;
        return Discover("host_vm", Path.Combine(root.Proc, "vmstat"),
        [
            new("pgfault", "host_faults_total", 1, true, "Page faults, minor and major."),
            new("pgmajfault", "host_major_faults_total", 1, true, "Page faults that had to wait for a disk."),
            new("pswpin", "host_swap_in_bytes_total", page, true, "Bytes read back from swap."),
            new("pswpout", "host_swap_out_bytes_total", page, true, "Bytes written to swap."),
            new("workingset_refault_file", "host_refault_file_pages_total", 1, true,
                "Pages of files read again soon after they had been dropped."),
            new("workingset_refault_anon", "host_refault_anon_pages_total", 1, true,
                "Pages of programs swapped in again soon after they had been swapped out."),
            new("pgscan_direct", "host_direct_reclaim_pages_total", 1, true,
                "Pages looked at by tasks that had to free memory themselves before they got any."),
            new("oom_kill", "host_oom_kill_total", 1, true,
                "Processes killed because memory ran out, of the machine or of a control group."),
        ]);
    }

    public void Read(Span<double> row) => _file.Read(row);

    public void Dispose() => _file.Dispose();

    private static Field Kilobytes(string key, string name, string meaning) => new(key, name, 1024, false, meaning);

    private static ProbeDiscovery Discover(string name, string path, Field[] fields)
    {
        if (ProcFile.TryOpen(path, out var reason) is not { } file)
            return ProbeDiscovery.Missing(name, reason);
        var text = file.Read();
        var columns = new ProbeColumns(name);
        var keys = new List<KeyedField>();
        foreach (var field in fields)
        {
            if (AsciiParser.FindAfter(text, new KeyedField(field.Key, 0).LinePrefix).IsEmpty)
                continue;
            var column = field.IsCounter ? columns.AddCounter(field.Column, field.Meaning) : columns.AddGauge(field.Column, field.Meaning);
            keys.Add(new KeyedField(field.Key, column, field.Factor));
        }
        if (keys.Count > 0)
            return ProbeDiscovery.Found(new KeyedFileProbe(name, new KeyedFile(file, keys), columns));
        file.Dispose();
        return ProbeDiscovery.Missing(name, $"{path} has none of the names looked for");
    }

    private sealed record Field(string Key, string Column, double Factor, bool IsCounter, string Meaning);
}
