using System.Globalization;
using MemoryWall.Machine.Probes.Linux;
using MemoryWall.Targets.Http;
using static MemoryWall.Targets.Exporters.ExporterColumn;

namespace MemoryWall.Targets.Exporters;

/// <summary>Processors, memory, disks, network and energy of a machine with node_exporter, by the names of its Linux collectors.</summary>
internal static class NodeColumns
{
    /// <summary>The exporter's own wall time, in seconds of Unix time.</summary>
    public const string TimeMetric = "node_time_seconds";

    private const string CpuSeconds = "node_cpu_seconds_total";

    // node_exporter counts swapped pages and does not report their size. They have 4 KiB on x86; where they are larger, the bytes are a
    // lower bound.
    private const double PageBytes = 4096;
    private const int MaxProcessors = 1024;
    private const int MaxDevices = 64;
    private const int MaxDeviceNameLength = 40;

    public static IEnumerable<ExporterColumn> Create(MetricPage page) =>
    [
        .. CreateProcessors(), .. CreateProcessor(page), .. CreateMemory(), .. CreateFaults(), .. CreateDisks(page), .. CreatePressure(),
        .. CreateEnergy(page), .. CreateFrequency(), .. CreateNetwork(),
    ];

    private static IEnumerable<ExporterColumn> CreateProcessors() =>
    [
        Counter("host_cpu_busy_seconds_total", CpuSeconds, page => SumModes(page, "user", "nice", "system", "irq", "softirq")),
        Counter("host_cpu_user_seconds_total", CpuSeconds, page => SumModes(page, "user", "nice")),
        Counter("host_cpu_system_seconds_total", CpuSeconds, page => SumModes(page, "system", "irq", "softirq")),
        Counter("host_cpu_iowait_seconds_total", CpuSeconds, page => SumModes(page, "iowait")),
        Counter("host_cpu_steal_seconds_total", CpuSeconds, page => SumModes(page, "steal")),
        Number(isCounter: true, "host_context_switches_total", "node_context_switches_total"),
        Number(isCounter: false, "host_runnable_tasks", "node_procs_running"),
        Number(isCounter: false, "host_blocked_tasks", "node_procs_blocked"),
    ];

    // One column for each logical processor, as on this machine: their number is that of the processors.
    private static IEnumerable<ExporterColumn> CreateProcessor(MetricPage page) => page.Group(CpuSeconds, "cpu").Keys
        .Where(IsNumber).Take(MaxProcessors)
        .OrderBy(name => int.Parse(name, CultureInfo.InvariantCulture))
        .Select(name => Counter($"cpu{name}_busy_seconds_total", CpuSeconds, page => page.Group(CpuSeconds, "cpu").GetValueOrDefault(name)
            is { } samples ? MetricPage.Sum(samples, sample => IsWork(sample.Label("mode"))) : null));

    private static IEnumerable<ExporterColumn> CreateMemory() =>
    [
        Number(isCounter: false, "host_memory_total_bytes", "node_memory_MemTotal_bytes"),
        Number(isCounter: false, "host_memory_available_bytes", "node_memory_MemAvailable_bytes"),
        Number(isCounter: false, "host_memory_free_bytes", "node_memory_MemFree_bytes"),
        Number(isCounter: false, "host_memory_cached_bytes", "node_memory_Cached_bytes"),
        Number(isCounter: false, "host_memory_anon_bytes", "node_memory_AnonPages_bytes"),
        Number(isCounter: false, "host_memory_dirty_bytes", "node_memory_Dirty_bytes"),
        Number(isCounter: false, "host_memory_writeback_bytes", "node_memory_Writeback_bytes"),
        Number(isCounter: false, "host_swap_total_bytes", "node_memory_SwapTotal_bytes"),
        Number(isCounter: false, "host_swap_free_bytes", "node_memory_SwapFree_bytes"),
    ];

    private static IEnumerable<ExporterColumn> CreateFaults() =>
    [
        Number(isCounter: true, "host_faults_total", "node_vmstat_pgfault"),
        Number(isCounter: true, "host_major_faults_total", "node_vmstat_pgmajfault"),
        Counter("host_swap_in_bytes_total", "node_vmstat_pswpin in pages of 4 KiB", page => page.Sum("node_vmstat_pswpin") * PageBytes),
        Counter("host_swap_out_bytes_total", "node_vmstat_pswpout in pages of 4 KiB", page => page.Sum("node_vmstat_pswpout") * PageBytes),
        Number(isCounter: true, "host_refault_file_pages_total", "node_vmstat_workingset_refault_file"),
        Number(isCounter: true, "host_refault_anon_pages_total", "node_vmstat_workingset_refault_anon"),
        Number(isCounter: true, "host_direct_reclaim_pages_total", "node_vmstat_pgscan_direct"),
        Number(isCounter: true, "host_oom_kill_total", "node_vmstat_oom_kill"),
    ];

    private static IEnumerable<ExporterColumn> CreateDisks(MetricPage page)
    {
        const string Reads = "node_disk_read_bytes_total";
        foreach (var device in page.Group(Reads, "device").Keys.Where(IsDevice).Take(MaxDevices))
        {
            var name = DiskProbe.ColumnName(device.ToLowerInvariant());
            yield return Of(isCounter: true, $"disk_{name}_read_bytes_total", Reads, device);
            yield return Of(isCounter: true, $"disk_{name}_reads_total", "node_disk_reads_completed_total", device);
            yield return Of(isCounter: true, $"disk_{name}_write_bytes_total", "node_disk_written_bytes_total", device);
            yield return Of(isCounter: true, $"disk_{name}_writes_total", "node_disk_writes_completed_total", device);
            yield return Of(isCounter: true, $"disk_{name}_busy_seconds_total", "node_disk_io_time_seconds_total", device);
            yield return Of(isCounter: false, $"disk_{name}_queue_requests", "node_disk_io_now", device);
        }

        static ExporterColumn Of(bool isCounter, string column, string metric, string device) => Create(isCounter, column, metric,
            page => page.Group(metric, "device").GetValueOrDefault(device) is { } samples ? MetricPage.Sum(samples) : null);
    }

    private static IEnumerable<ExporterColumn> CreatePressure() =>
    [
        Number(isCounter: true, "host_pressure_cpu_some_seconds_total", "node_pressure_cpu_waiting_seconds_total"),
        Number(isCounter: true, "host_pressure_memory_some_seconds_total", "node_pressure_memory_waiting_seconds_total"),
        Number(isCounter: true, "host_pressure_memory_full_seconds_total", "node_pressure_memory_stalled_seconds_total"),
        Number(isCounter: true, "host_pressure_io_some_seconds_total", "node_pressure_io_waiting_seconds_total"),
        Number(isCounter: true, "host_pressure_io_full_seconds_total", "node_pressure_io_stalled_seconds_total"),
    ];

    private static IEnumerable<ExporterColumn> CreateEnergy(MetricPage page) =>
        new[] { ("package_", "node_rapl_package_joules_total"), ("dram", "node_rapl_dram_joules_total") }.SelectMany(part =>
            page.Group(part.Item2, "index").Keys.Where(IsNumber).Take(MaxDevices)
                .Select(index => Counter($"energy_{part.Item1}{index}_joules_total", part.Item2, page =>
                    page.Group(part.Item2, "index").GetValueOrDefault(index) is { } samples ? MetricPage.Sum(samples) : null)));

    private static IEnumerable<ExporterColumn> CreateFrequency() =>
    [
        Gauge("host_cpu_frequency_mean_hz", "node_cpu_scaling_frequency_hertz",
            page => page.ReadFinite("node_cpu_scaling_frequency_hertz") is { Count: > 0 } all ? all.Average() : null),
        Gauge("host_cpu_frequency_max_hz", "node_cpu_scaling_frequency_hertz",
            page => page.ReadFinite("node_cpu_scaling_frequency_hertz") is { Count: > 0 } all ? all.Max() : null),
        Number(isCounter: true, "host_cpu_throttle_events_total", "node_cpu_core_throttles_total"),
    ];

    private static IEnumerable<ExporterColumn> CreateNetwork() =>
    [
        Counter("network_received_bytes_total", "node_network_receive_bytes_total",
            page => page.Sum("node_network_receive_bytes_total", sample => sample.Label("device") != "lo")),
        Counter("network_sent_bytes_total", "node_network_transmit_bytes_total",
            page => page.Sum("node_network_transmit_bytes_total", sample => sample.Label("device") != "lo")),
        Counter("loopback_bytes_total", "node_network_transmit_bytes_total",
            page => page.Sum("node_network_transmit_bytes_total", sample => sample.Label("device") == "lo")),
    ];

    private static ExporterColumn Number(bool isCounter, string column, string metric) =>
        Create(isCounter, column, metric, page => page.Sum(metric));

    private static ExporterColumn Create(bool isCounter, string column, string metric, Func<MetricPage, double?> read) =>
        isCounter ? Counter(column, metric, read) : Gauge(column, metric, read);

    private static double? SumModes(MetricPage page, params string[] modes) =>
        page.Sum(CpuSeconds, sample => Array.IndexOf(modes, sample.Label("mode")) >= 0);

    private static bool IsWork(string? mode) => mode is "user" or "nice" or "system" or "irq" or "softirq";

    // The names of Linux, so that a column's name has letters, digits and _ only. Loop devices and RAM disks repeat the traffic of others.
    private static bool IsDevice(string device) => device.Length is > 0 and <= MaxDeviceNameLength
        && device.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '/')
        && !device.StartsWith("loop", StringComparison.Ordinal) && !device.StartsWith("ram", StringComparison.Ordinal);
}
