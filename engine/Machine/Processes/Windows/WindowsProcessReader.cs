using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Windows;

namespace MemoryWall.Machine.Processes.Windows;

/// <summary>Reads one Windows process through an open handle. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsProcessReader : IProcessReader
{
    private const double TicksPerSecond = 1e7;
    private readonly nint _handle;

    private WindowsProcessReader(int pid, nint handle)
    {
        Pid = pid;
        _handle = handle;
    }

    /// <summary>What Windows reports of a process.</summary>
    public static IReadOnlyList<ProcessColumn> Columns { get; } =
    [
        new(ProcessField.UserSeconds, "server_cpu_user_seconds_total", MetricKind.Counter,
            "CPU time of the server's processes in programs."),
        new(ProcessField.SystemSeconds, "server_cpu_system_seconds_total", MetricKind.Counter,
            "CPU time of the server's processes in the kernel."),
        new(ProcessField.RssBytes, "server_working_set_bytes", MetricKind.Gauge,
            "Resident memory of the server's processes, shared pages counted for each."),
        new(ProcessField.PrivateBytes, "server_private_bytes", MetricKind.Gauge,
            "Memory committed by the server's processes for themselves, resident or not."),
        new(ProcessField.Faults, "server_faults_total", MetricKind.Counter,
            "Page faults of the server's processes, soft and hard (the count of one process restarts after 2^32)."),
        new(ProcessField.ReadBytes, "server_io_read_bytes_total", MetricKind.Counter,
            "Bytes that the server's processes read by calls, cached or not; page faults on mapped files excluded."),
        new(ProcessField.WriteBytes, "server_io_write_bytes_total", MetricKind.Counter,
            "Bytes that the server's processes wrote by calls."),
    ];

    public int Pid { get; }

    public static WindowsProcessReader? TryOpen(int pid) =>
        WindowsNative.OpenProcess(WindowsNative.QueryLimited, false, pid) is not 0 and var handle
            ? new WindowsProcessReader(pid, handle)
            : null;

    public bool Read(Span<double> usage)
    {
        if (!WindowsNative.GetProcessTimes(_handle, out _, out var exited, out var kernel, out var user))
            return false;
        usage[(int)ProcessField.UserSeconds] = user / TicksPerSecond;
        usage[(int)ProcessField.SystemSeconds] = kernel / TicksPerSecond;
        if (WindowsNative.GetProcessMemoryInfo(_handle, out var memory, (uint)Unsafe.SizeOf<WindowsNative.ProcessMemory>()))
        {
            usage[(int)ProcessField.RssBytes] = memory.WorkingSet;
            usage[(int)ProcessField.PrivateBytes] = memory.Private;
            usage[(int)ProcessField.Faults] = memory.PageFaults;
        }
        if (WindowsNative.GetProcessIoCounters(_handle, out var io))
        {
            usage[(int)ProcessField.ReadBytes] = io.ReadBytes;
            usage[(int)ProcessField.WriteBytes] = io.WriteBytes;
        }
        // The handle stays valid after the end; the exit time is 0 until then.
        return exited == 0;
    }

    public void Dispose() => _ = WindowsNative.CloseHandle(_handle);
}
