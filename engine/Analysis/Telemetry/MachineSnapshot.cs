using MemoryWall.Core.Telemetry;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>The state of this machine for a live view, whatever exporters say about another. A value that was not read in the last second
/// is absent.</summary>
internal sealed record MachineSnapshot
{
    // Counters of CPU time move in steps of 10 ms: over half a second that is 2% of one core.
    private static readonly TimeSpan s_lookBack = TimeSpan.FromSeconds(1);

    private const string DiskPrefix = "disk_";
    private const string BusySuffix = "_busy_seconds_total";

    /// <summary>Logical processors of the machine; those that this process may use where that is unknown.</summary>
    public int LogicalCores { get; init; } = Environment.ProcessorCount;

    /// <summary>Cores in use by any program.</summary>
    public double? BusyCores { get; init; }

    /// <summary>Cores in use by the server.</summary>
    public double? ServerCores { get; init; }

    /// <summary>RAM in bytes.</summary>
    public double? MemoryTotalBytes { get; init; }

    /// <summary>RAM that is available to new work.</summary>
    public double? MemoryAvailableBytes { get; init; }

    /// <summary>The server's resident memory that no file backs.</summary>
    public double? ServerAnonBytes { get; init; }

    /// <summary>The server's resident memory mapped from files.</summary>
    public double? ServerFileBytes { get; init; }

    /// <summary>The server's memory in swap.</summary>
    public double? ServerSwapBytes { get; init; }

    /// <summary>Memory charged to the server's control group.</summary>
    public double? CgroupBytes { get; init; }

    /// <summary>The limit of that group; absent where it has none.</summary>
    public double? CgroupLimitBytes { get; init; }

    /// <summary>Bytes per second that storage read for the server.</summary>
    public double? ServerReadBytesPerSecond { get; init; }

    /// <summary>Bytes per second read from the disk of tier 3: that of the storage tier, else the model's, else the busiest one.</summary>
    public double? DiskReadBytesPerSecond { get; init; }

    /// <summary>The name of that disk in the telemetry.</summary>
    public string? DiskName { get; init; }

    /// <summary>Bytes per second written to that disk.</summary>
    public double? DiskWriteBytesPerSecond { get; init; }

    /// <summary>Bytes per second that the server wrote to storage.</summary>
    public double? ServerWriteBytesPerSecond { get; init; }

    /// <summary>The name of the disk with the swap space; absent where there is none or it is unknown.</summary>
    public string? SwapDiskName { get; init; }

    /// <summary>Bytes per second swapped out.</summary>
    public double? SwapOutBytesPerSecond { get; init; }

    /// <summary>Share of the time that this disk is busy, 0 to 1.</summary>
    public double? DiskBusy { get; init; }

    /// <summary>Bytes per second swapped in.</summary>
    public double? SwapInBytesPerSecond { get; init; }

    /// <summary>Utilisation of the busiest accelerator, 0 to 1.</summary>
    public double? GpuUtilization { get; init; }

    /// <summary>Memory in use on all accelerators.</summary>
    public double? GpuMemoryUsedBytes { get; init; }

    /// <summary>Memory of all accelerators.</summary>
    public double? GpuMemoryTotalBytes { get; init; }

    /// <summary>Memory of the server's processes on all accelerators.</summary>
    public double? ServerGpuMemoryBytes { get; init; }

    /// <summary>The snapshot from the last second of a sampler's rows.</summary>
    /// <param name="schema">The columns.</param>
    /// <param name="latest">The last rows, oldest first; a second and a half of them is enough.</param>
    public static MachineSnapshot FromSamples(TelemetrySchema schema, IReadOnlyList<TelemetrySample> latest)
    {
        if (latest.Count == 0)
            return new MachineSnapshot();
        var from = latest[^1].At.Plus(-s_lookBack);
        var rows = latest.Where(row => row.At.CompareTo(from) >= 0).ToList();
        var device = schema.Devices.GetValueOrDefault("tier") ?? schema.Devices.GetValueOrDefault("model") ?? BusiestDisk(schema, rows);
        return new MachineSnapshot
        {
            LogicalCores = schema.Columns.Count(column => CoreColumns.IsMatch(column.Name)) is > 0 and var cores
                ? cores
                : Environment.ProcessorCount,
            BusyCores = Rate(schema, rows, "host_cpu_busy_seconds_total"),
            ServerCores = Rate(schema, rows, "server_cpu_user_seconds_total") + Rate(schema, rows, "server_cpu_system_seconds_total"),
            MemoryTotalBytes = Last(schema, rows, "host_memory_total_bytes"),
            MemoryAvailableBytes = Last(schema, rows, "host_memory_available_bytes"),
            ServerAnonBytes = Last(schema, rows, "server_rss_anon_bytes"),
            ServerFileBytes = Last(schema, rows, "server_rss_file_bytes"),
            ServerSwapBytes = Last(schema, rows, "server_swap_bytes"),
            CgroupBytes = Last(schema, rows, "server_cgroup_memory_bytes"),
            CgroupLimitBytes = CgroupLimit.FromReading(Last(schema, rows, "server_cgroup_limit_bytes")),
            ServerReadBytesPerSecond = Rate(schema, rows, "server_read_bytes_total"),
            DiskReadBytesPerSecond = device is null ? null : Rate(schema, rows, $"{DiskPrefix}{device}_read_bytes_total"),
            DiskName = device,
            DiskWriteBytesPerSecond = device is null ? null : Rate(schema, rows, $"{DiskPrefix}{device}_write_bytes_total"),
            ServerWriteBytesPerSecond = Rate(schema, rows, "server_write_bytes_total"),
            SwapDiskName = schema.Devices.GetValueOrDefault("swap"),
            SwapOutBytesPerSecond = Rate(schema, rows, "host_swap_out_bytes_total"),
            DiskBusy = device is null ? null : Rate(schema, rows, $"{DiskPrefix}{device}{BusySuffix}"),
            SwapInBytesPerSecond = Rate(schema, rows, "host_swap_in_bytes_total"),
            GpuUtilization = LastOfEachGpu(schema, rows, "_utilization_ratio").Max(),
            GpuMemoryUsedBytes = Sum(LastOfEachGpu(schema, rows, "_memory_used_bytes")),
            ServerGpuMemoryBytes = Sum(LastOfEachGpu(schema, rows, "_server_memory_bytes")),
            GpuMemoryTotalBytes = Sum(LastOfEachGpu(schema, rows, "_memory_total_bytes")),
        };
    }

    private static string? BusiestDisk(TelemetrySchema schema, List<TelemetrySample> rows) =>
        schema.Columns.Where(
            column => column.Name.StartsWith(DiskPrefix, StringComparison.Ordinal)
                && column.Name.EndsWith(BusySuffix, StringComparison.Ordinal))
            .MaxBy(column => Rate(schema, rows, column.Name) ?? 0)?.Name[DiskPrefix.Length..^BusySuffix.Length];

    private static IEnumerable<double?> LastOfEachGpu(TelemetrySchema schema, List<TelemetrySample> rows, string suffix) =>
        AcceleratorCheck.Columns(schema, suffix).Where(name => !name.Contains("host", StringComparison.Ordinal))
            .Select(name => Last(schema, rows, name));

    private static double? Sum(IEnumerable<double?> values) =>
        values.Aggregate((double?)null, (sum, value) => sum is null ? value : sum + (value ?? 0));

    private static double? Last(TelemetrySchema schema, List<TelemetrySample> rows, string column) =>
        schema.IndexOf(column) is { } index ? rows.LastOrDefault(row => row[index] is not null)?[index] : null;

    private static double? Rate(TelemetrySchema schema, List<TelemetrySample> rows, string column)
    {
        if (schema.IndexOf(column) is not { } index)
            return null;
        var known = rows.Where(row => row[index] is not null).ToList();
        if (known.Count < 2)
            return null;
        var grown = known[^1][index]!.Value - known[0][index]!.Value;
        var seconds = known[^1].At.Since(known[0].At).TotalSeconds;
        return grown < 0 || seconds <= 0 || seconds < CounterResolution.MinCoveredTime(column).TotalSeconds ? null : grown / seconds;
    }
}
