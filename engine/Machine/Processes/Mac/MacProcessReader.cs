using System.Runtime.Versioning;
using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Mac;

namespace MemoryWall.Machine.Processes.Mac;

/// <summary>One process of a Mac, by <c>proc_pid_rusage</c>. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("macos")]
internal sealed unsafe class MacProcessReader(int pid) : IProcessReader
{
    // rusage_info_v2: 16 bytes of id, then 18 words.
    private const int Words = 20;
    private const int UserTime = 2, SystemTime = 3, PageIns = 6, Resident = 8, Footprint = 9, DiskRead = 18, DiskWritten = 19;

    /// <summary>What macOS reports of a process.</summary>
    public static IReadOnlyList<ProcessColumn> Columns { get; } =
    [
        new(ProcessField.UserSeconds, "server_cpu_user_seconds_total", MetricKind.Counter,
            "CPU time of the server's processes in programs."),
        new(ProcessField.SystemSeconds, "server_cpu_system_seconds_total", MetricKind.Counter,
            "CPU time of the server's processes in the kernel."),
        new(ProcessField.RssBytes, "server_resident_bytes", MetricKind.Gauge,
            "Resident memory of the server's processes, shared pages counted for each."),
        new(ProcessField.PrivateBytes, "server_footprint_bytes", MetricKind.Gauge,
            "Physical footprint of the server's processes, compressed pages included."),
        new(ProcessField.MajorFaults, "server_page_ins_total", MetricKind.Counter,
            "Page faults of the server's processes that waited for a disk."),
        new(ProcessField.ReadBytes, "server_read_bytes_total", MetricKind.Counter, "Bytes that storage read for the server's processes."),
        new(ProcessField.WriteBytes, "server_write_bytes_total", MetricKind.Counter,
            "Bytes that the server's processes caused to be written to storage."),
    ];

    public int Pid => pid;

    public static MacProcessReader? TryOpen(int pid)
    {
        var usage = stackalloc ulong[Words];
        return MacNative.ProcessUsage(pid, MacNative.RusageInfoV2, usage) == 0 ? new MacProcessReader(pid) : null;
    }

    public bool Read(Span<double> usage)
    {
        var words = stackalloc ulong[Words];
        if (MacNative.ProcessUsage(pid, MacNative.RusageInfoV2, words) != 0)
            return false;
        // Times are in the machine's own ticks (125/3 ns on Apple silicon).
        var seconds = MacNative.SecondsPerTick();
        usage[(int)ProcessField.UserSeconds] = words[UserTime] * seconds;
        usage[(int)ProcessField.SystemSeconds] = words[SystemTime] * seconds;
        usage[(int)ProcessField.MajorFaults] = words[PageIns];
        usage[(int)ProcessField.RssBytes] = words[Resident];
        usage[(int)ProcessField.PrivateBytes] = words[Footprint];
        usage[(int)ProcessField.ReadBytes] = words[DiskRead];
        usage[(int)ProcessField.WriteBytes] = words[DiskWritten];
        return true;
    }

    public void Dispose()
    {
    }
}
