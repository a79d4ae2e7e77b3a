using System.Globalization;
using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Processes.Linux;

/// <summary>Reads <c>stat</c>, <c>status</c> and <c>io</c> of one process in <c>/proc</c> and keeps them open. Reading takes only short
/// locks of the process.</summary>
internal sealed class LinuxProcessReader : IProcessReader
{
    private const string OfServerProcesses = "of the server's processes";

    private static readonly KeyedField[] s_statusFields =
    [
        new("RssAnon:", (int)ProcessField.AnonBytes, ProcessStatus.UnitBytes),
        new("RssFile:", (int)ProcessField.FileBytes, ProcessStatus.UnitBytes),
        new("RssShmem:", (int)ProcessField.ShmemBytes, ProcessStatus.UnitBytes),
        new("VmRSS:", (int)ProcessField.RssBytes, ProcessStatus.UnitBytes),
        new("VmSwap:", (int)ProcessField.SwapBytes, ProcessStatus.UnitBytes),
        new("Threads:", (int)ProcessField.Threads),
    ];

    private static readonly KeyedField[] s_ioFields = [new("read_bytes:", (int)ProcessField.ReadBytes),
        new("write_bytes:", (int)ProcessField.WriteBytes)];
    private readonly ProcFile _stat;
    private readonly ProcFile? _status;
    private readonly ProcFile? _io;

    private LinuxProcessReader(int pid, ProcFile stat, ProcFile? status, ProcFile? io)
    {
        Pid = pid;
        _stat = stat;
        _status = status;
        _io = io;
    }

    /// <summary>What Linux reports of a process.</summary>
    public static IReadOnlyList<ProcessColumn> Columns { get; } =
    [
        new(ProcessField.Threads, "server_threads", MetricKind.Gauge, $"Threads {OfServerProcesses}."),
        new(ProcessField.UserSeconds, "server_cpu_user_seconds_total", MetricKind.Counter,
            $"CPU time {OfServerProcesses} in programs (in steps of 10 ms)."),
        new(ProcessField.SystemSeconds, "server_cpu_system_seconds_total", MetricKind.Counter,
            $"CPU time {OfServerProcesses} in the kernel (in steps of 10 ms)."),
        new(ProcessField.AnonBytes, "server_rss_anon_bytes", MetricKind.Gauge, $"Resident memory {OfServerProcesses} that no file backs."),
        new(ProcessField.FileBytes, "server_rss_file_bytes", MetricKind.Gauge,
            $"Resident memory {OfServerProcesses} mapped from files; a page that several processes map counts for each."),
        new(ProcessField.ShmemBytes, "server_rss_shmem_bytes", MetricKind.Gauge,
            $"Resident shared memory {OfServerProcesses}; a page that several processes map counts for each."),
        new(ProcessField.SwapBytes, "server_swap_bytes", MetricKind.Gauge, $"Memory {OfServerProcesses} in swap."),
        new(ProcessField.MinorFaults, "server_minor_faults_total", MetricKind.Counter,
            $"Page faults {OfServerProcesses} that needed no disk."),
        new(ProcessField.MajorFaults, "server_major_faults_total", MetricKind.Counter,
            $"Page faults {OfServerProcesses} that waited for a disk; readahead makes them far fewer than the pages read."),
        new(ProcessField.ReadBytes, "server_read_bytes_total", MetricKind.Counter,
            "Bytes that storage read for the server's processes, page faults on files and on swap on a disk included."),
        new(ProcessField.WriteBytes, "server_write_bytes_total", MetricKind.Counter,
            "Bytes that the server's processes caused to be written to storage."),
    ];

    public int Pid { get; }

    public static LinuxProcessReader? TryOpen(LinuxRoot root, int pid)
    {
        return ProcessStat.TryOpen(root, pid) is { } stat
            ? new LinuxProcessReader(pid, stat, ProcFile.TryOpen(ProcessStatus.PathIn(root, pid.ToString(CultureInfo.InvariantCulture))),
                ProcFile.TryOpen(root.ProcessFile(pid, "io")))
            : null;
    }

    public bool Read(Span<double> usage)
    {
        if (!ProcessStat.TryParse(_stat.Read(), out var stat))
            return false;
        usage[(int)ProcessField.UserSeconds] = stat.UserSeconds;
        usage[(int)ProcessField.SystemSeconds] = stat.SystemSeconds;
        usage[(int)ProcessField.MinorFaults] = stat.MinorFaults;
        usage[(int)ProcessField.MajorFaults] = stat.MajorFaults;
        if (_io is not null)
            KeyedFile.Parse(_io.Read(), s_ioFields, usage);
        if (_status is not null)
            KeyedFile.Parse(_status.Read(), s_statusFields, usage);
        return !stat.HasEnded;
    }

    public void Dispose()
    {
        _stat.Dispose();
        _status?.Dispose();
        _io?.Dispose();
    }
}
