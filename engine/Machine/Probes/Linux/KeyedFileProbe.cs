using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>Probes of files with one name and one number in each line. Only names that the running kernel has become columns.</summary>
internal static class KeyedFileProbe
{
    /// <summary>Memory and swap of the machine, from <c>/proc/meminfo</c>.</summary>
    public static ProbeDiscovery DiscoverMemory(LinuxRoot root) => Discover("host_memory", MemInfo.PathIn(root),
    [
        Kilobytes(MemInfo.Total, "host_memory_total_bytes", "RAM that the kernel manages."),
        Kilobytes(MemInfo.Available, "host_memory_available_bytes",
            "RAM that new work could get without swapping, as the kernel estimates it."),
        Kilobytes("MemFree:", "host_memory_free_bytes", "RAM used for nothing, not even as a cache."),
        Kilobytes("Cached:", "host_memory_cached_bytes", "Page cache, tmpfs included, swap cache excluded."),
        Kilobytes("AnonPages:", "host_memory_anon_bytes", "Memory of programs that no file backs."),
        Kilobytes("Dirty:", "host_memory_dirty_bytes", "Page cache that has yet to be written."),
        Kilobytes("Writeback:", "host_memory_writeback_bytes", "Page cache that is being written."),
        Kilobytes(MemInfo.SwapTotal, "host_swap_total_bytes", "Swap space."),
        Kilobytes("SwapFree:", "host_swap_free_bytes", "Unused swap space."),
    ]);

    /// <summary>Faults, swapping and refaults of the machine, from <c>/proc/vmstat</c>.</summary>
    public static ProbeDiscovery DiscoverVmStat(LinuxRoot root)
    {
        double page = Environment.SystemPageSize;
        return Discover("host_vm", root.VmStat,
        [
            Counter("pgfault", "host_faults_total", "Page faults, minor and major."),
            Counter("pgmajfault", "host_major_faults_total", "Page faults that had to wait for a disk."),
            Counter("pswpin", "host_swap_in_bytes_total", "Bytes read back from swap.", page),
            Counter("pswpout", "host_swap_out_bytes_total", "Bytes written to swap.", page),
            Counter("workingset_refault_file", "host_refault_file_pages_total",
                "Pages of files read again soon after they had been dropped."),
            Counter("workingset_refault_anon", "host_refault_anon_pages_total",
                "Pages of programs swapped in again soon after they had been swapped out."),
            Counter("pgscan_direct", "host_direct_reclaim_pages_total",
                "Pages examined by tasks that had to free memory themselves before they got any."),
            Counter("oom_kill", "host_oom_kill_total", "Processes killed because memory ran out, of the machine or of a control group."),
        ]);
    }

    private static Line Kilobytes(string key, string column, string meaning) =>
        new(MetricKind.Gauge, key, column, meaning, MemInfo.UnitBytes);

    private static Line Counter(string key, string column, string meaning, double factor = 1) =>
        new(MetricKind.Counter, key, column, meaning, factor);

    private static ProbeDiscovery Discover(string name, string path, IReadOnlyList<Line> lines)
    {
        if (ProcFile.TryOpen(path, out var reason) is not { } opened)
            return ProbeDiscovery.Missing(name, reason);
        var text = opened.Read();
        var known = new List<Line>();
        foreach (var line in lines)
        {
            if (!AsciiParser.FindAfter(text, new KeyedField(line.Key, 0).LinePrefix).IsEmpty)
                known.Add(line);
        }
        if (known.Count == 0)
        {
            opened.Dispose();
            return ProbeDiscovery.Missing(name, $"{path} has none of the expected names");
        }
        var file = new KeyedFile(opened, [.. known.Select((line, i) => new KeyedField(line.Key, i, line.Factor))]);
        var values = new double[known.Count];
        var probe = new ColumnProbe(name, file) { Intrusion = "reads one file of /proc", Update = Update };
        for (var i = 0; i < known.Count; i++)
        {
            var (index, line) = (i, known[i]);
            if (line.Kind == MetricKind.Counter)
                probe.Counter(line.Column, line.Meaning, () => values[index]);
            else
                probe.Gauge(line.Column, line.Meaning, () => values[index]);
        }
        return ProbeDiscovery.Found(probe);

        void Update()
        {
            values.AsSpan().Fill(double.NaN);
            file.Read(values);
        }
    }

    private sealed record Line(MetricKind Kind, string Key, string Column, string Meaning, double Factor);
}
