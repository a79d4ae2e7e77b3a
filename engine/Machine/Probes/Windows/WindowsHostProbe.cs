using System.Runtime.Versioning;
using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Windows;

namespace MemoryWall.Machine.Probes.Windows;

/// <summary>CPU time and memory of a Windows machine. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsHostProbe : IProbe
{
    private const double TicksPerSecond = 1e7;
    private readonly ProbeColumns _columns = new("host");

    public WindowsHostProbe()
    {
        _columns.AddCounter("host_cpu_busy_seconds_total", "CPU time spent working, all processors.");
        _columns.AddCounter("host_cpu_user_seconds_total", "CPU time in programs.");
        _columns.AddCounter("host_cpu_system_seconds_total", "CPU time in the kernel.");
        _columns.AddGauge("host_memory_total_bytes", "RAM that Windows manages.");
        _columns.AddGauge("host_memory_available_bytes", "RAM that is free, zeroed or on standby.");
        _columns.AddGauge("host_commit_limit_bytes", "Memory that may be committed: RAM and page files.");
        _columns.AddGauge("host_commit_available_bytes", "Of that, what is not committed.");
    }

    public string Name => "host";

    public ProbeCost Cost => ProbeCost.Light;

    public string Intrusion => "two calls of the kernel";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public void Read(Span<double> row)
    {
        if (WindowsNative.GetSystemTimes(out var idle, out var kernel, out var user))
            (row[0], row[1], row[2]) = ((kernel + user - idle) / TicksPerSecond, user / TicksPerSecond, (kernel - idle) / TicksPerSecond);
        if (WindowsNative.ReadMemoryStatus() is { } memory)
            (row[3], row[4], row[5], row[6]) = (memory.TotalPhysical, memory.AvailablePhysical, memory.TotalPageFile,
                memory.AvailablePageFile);
    }

    public void Dispose()
    {
    }
}
