namespace MemoryWall.Machine.Probes.Windows;

/// <summary>Faults, paging and disk traffic of a Windows machine. The logic is tested on scripted counters; not run here on
/// Windows.</summary>
internal static class PerformanceCounterProbe
{
    // A 32-bit counter ("…PerSecond32") restarts at 0 after 2^32. The raw value of a rate is the sum from which it is computed.
    private const double UInt32Range = 4294967296.0;

    public static ProbeDiscovery Discover(IPerformanceCounters counters, double pageBytes)
    {
        var probe = new ColumnProbe("performance_counters")
        {
            Cost = ProbeCost.Blocking,
            Period = TimeSpan.FromMilliseconds(100),
            Intrusion = "calls Windows' performance library, which queries the kernel",
        };
        Memory("Page Faults/sec", "host_faults_total", "Page faults, soft and hard.");
        Memory("Page Reads/sec", "host_major_faults_total", "Read operations to resolve hard page faults.");
        Memory("Pages Input/sec", "host_page_in_bytes_total",
            "Bytes read to resolve hard page faults, of the page file and of mapped files.", pageBytes);
        Memory("Pages Output/sec", "host_page_out_bytes_total", "Bytes written to free memory.", pageBytes);
        Disk("Disk Read Bytes/sec", "disk_all_read_bytes_total", "Bytes read from all disks.", is32Bit: false);
        Disk("Disk Write Bytes/sec", "disk_all_write_bytes_total", "Bytes written to all disks.", is32Bit: false);
        Disk("Disk Reads/sec", "disk_all_reads_total", "Read requests that the disks completed.");
        Disk("Disk Writes/sec", "disk_all_writes_total", "Write requests that the disks completed.");
        if (counters.Open("PhysicalDisk", "Current Disk Queue Length", "_Total") is { } queue)
            probe.Gauge("disk_all_queue_requests", "Requests given to the disks and not completed.", () => queue());
        return probe.Columns.Count > 0
            ? ProbeDiscovery.Found(probe)
            : ProbeDiscovery.Missing("performance_counters", "Windows shows none of the expected counters",
                "rebuild them: lodctr /R as administrator");

        void Memory(string counter, string column, string meaning, double factor = 1)
        {
            if (counters.Open("Memory", counter, "") is { } read)
                AddSum(column, meaning, Unwrap32(read, factor));
        }

        void Disk(string counter, string column, string meaning, bool is32Bit = true)
        {
            if (counters.Open("PhysicalDisk", counter, "_Total") is { } read)
                AddSum(column, meaning, is32Bit ? Unwrap32(read, 1) : Unwrap(read, new CounterUnwrapper(null), 1));
        }

        void AddSum(string column, string meaning, Func<double?> read) =>
            probe.Counter(column, meaning + " Counted from the start of sampling.", read);
    }

    private static Func<double?> Unwrap32(Func<long?> read, double factor) =>
        Unwrap(() => read() is { } raw ? raw & 0xFFFFFFFF : null, new CounterUnwrapper(UInt32Range), factor);

    private static Func<double?> Unwrap(Func<long?> read, CounterUnwrapper sum, double factor) =>
        () => sum.Unwrap(read() ?? double.NaN) * factor;
}
