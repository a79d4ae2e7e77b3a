using MemoryWall.Core.Telemetry;

namespace MemoryWall.Machine.Probes.Windows;

/// <summary>Opens Windows performance counters by their English names.</summary>
internal interface IPerformanceCounters
{
    /// <summary>Reads a counter's raw value; null where the machine has no such counter. The reader may throw nothing.</summary>
    Func<long?>? Open(string category, string counter, string instance);
}

/// <summary>Faults, paging and disk traffic of a Windows machine. The logic is tested on scripted counters; not run here on
/// Windows.</summary>
internal sealed class PerformanceCounterProbe : IProbe
{
    // A 32-bit counter ("…PerSecond32") begins at 0 again after 2^32; the raw value of a rate is the sum behind it.
    private const double UInt32Range = 4294967296.0;
    private readonly List<(Func<long?> Read, CounterUnwrapper? Sum, double Factor)> _readers = [];
    private readonly ProbeColumns _columns = new("performance_counters");

    private PerformanceCounterProbe(IPerformanceCounters counters, double page)
    {
        AddCounter(counters, "Memory", "Page Faults/sec", "", "host_faults_total", 1, is32Bit: true, "Page faults, soft and hard.");
        AddCounter(counters, "Memory", "Page Reads/sec", "", "host_major_faults_total", 1, is32Bit: true,
            "Read operations to resolve hard page faults.");
        AddCounter(counters, "Memory", "Pages Input/sec", "", "host_page_in_bytes_total", page, is32Bit: true,
            "Bytes read to resolve hard page faults, of the page file and of mapped files.");
        AddCounter(counters, "Memory", "Pages Output/sec", "", "host_page_out_bytes_total", page, is32Bit: true,
            "Bytes written to free memory.");
        AddCounter(counters, "PhysicalDisk", "Disk Read Bytes/sec", "_Total", "disk_all_read_bytes_total", 1, is32Bit: false,
            "Bytes read from all disks.");
        AddCounter(counters, "PhysicalDisk", "Disk Write Bytes/sec", "_Total", "disk_all_write_bytes_total", 1, is32Bit: false,
            "Bytes written to all disks.");
        AddCounter(counters, "PhysicalDisk", "Disk Reads/sec", "_Total", "disk_all_reads_total", 1, is32Bit: true,
            "Read requests that the disks completed.");
        AddCounter(counters, "PhysicalDisk", "Disk Writes/sec", "_Total", "disk_all_writes_total", 1, is32Bit: true,
            "Write requests that the disks completed.");
        if (counters.Open("PhysicalDisk", "Current Disk Queue Length", "_Total") is { } queue)
        {
            _columns.AddGauge("disk_all_queue_requests", "Requests given to the disks and not completed.");
            _readers.Add((queue, null, 1));
        }
    }

    public string Name => "performance_counters";

    public ProbeCost Cost => ProbeCost.Blocking;

    public TimeSpan Period => TimeSpan.FromMilliseconds(100);

    public string Intrusion => "asks Windows' performance library, which asks the kernel";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public static ProbeDiscovery Discover(IPerformanceCounters counters, double pageBytes)
    {
        var probe = new PerformanceCounterProbe(counters, pageBytes);
        return probe._readers.Count > 0
            ? ProbeDiscovery.Found(probe)
            : ProbeDiscovery.Missing("performance_counters", "Windows shows none of the counters looked for",
                "rebuild them: lodctr /R as administrator");
    }

    public void Read(Span<double> row)
    {
        for (var i = 0; i < _readers.Count; i++)
        {
            var (read, sum, factor) = _readers[i];
            var value = read() is { } raw ? (double)raw : double.NaN;
            row[i] = (sum is null ? value : sum.Unwrap(value)) * factor;
        }
    }

    public void Dispose()
    {
    }

    private void AddCounter(IPerformanceCounters counters, string category, string name, string instance, string column, double factor,
        bool is32Bit, string meaning)
    {
        if (counters.Open(category, name, instance) is not { } reader)
            return;
        _columns.AddCounter(column, meaning + " Counted from the start of sampling.");
        _readers.Add(
            (is32Bit ? () => reader() is { } raw ? raw & 0xFFFFFFFF : null : reader, new CounterUnwrapper(is32Bit ? UInt32Range : null),
                factor));
    }
}
