using System.Runtime.Versioning;
using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Mac;

namespace MemoryWall.Machine.Probes.Mac;

/// <summary>CPU time and memory of a Mac. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("macos")]
internal sealed unsafe class MacHostProbe : IProbe
{
    private const double TicksPerSecond = 100;
    private readonly ProbeColumns _columns = new("host");

    public MacHostProbe()
    {
        _columns.AddCounter("host_cpu_busy_seconds_total", "CPU time spent working, all processors.");
        _columns.AddCounter("host_cpu_user_seconds_total", "CPU time in programs, low priority included.");
        _columns.AddCounter("host_cpu_system_seconds_total", "CPU time in the kernel.");
        _columns.AddGauge("host_memory_available_bytes", "RAM that is free, inactive or purgeable.");
        _columns.AddGauge("host_memory_anon_bytes", "Memory of programs that no file backs.");
        _columns.AddGauge("host_memory_cached_bytes", "Memory that files back.");
        _columns.AddGauge("host_memory_compressed_bytes", "RAM that holds compressed pages.");
        _columns.AddCounter("host_faults_total", "Page faults.");
        _columns.AddCounter("host_page_in_bytes_total", "Bytes read to resolve page faults.");
        _columns.AddCounter("host_swap_in_bytes_total", "Bytes read back from swap.");
        _columns.AddCounter("host_swap_out_bytes_total", "Bytes written to swap.");
        _columns.AddGauge("host_swap_used_bytes", "Swap in use.");
    }

    public string Name => "host";

    public ProbeCost Cost => ProbeCost.Light;

    public string Intrusion => "three calls of the kernel";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public void Read(Span<double> row)
    {
        // host_cpu_load_info: user, system, idle, nice.
        var ticks = stackalloc uint[4];
        uint count = 4;
        if (MacNative.HostStatistics64(MacNative.HostSelf(), MacNative.CpuLoadInfo, ticks, ref count) == 0)
        {
            var user = ticks[0] + (double)ticks[3];
            (row[0], row[1], row[2]) = ((user + ticks[1]) / TicksPerSecond, user / TicksPerSecond, ticks[1] / TicksPerSecond);
        }
        if (MacMemoryStatistics.Read() is { } memory)
        {
            (row[3], row[4], row[5], row[6]) = (memory.AvailableBytes, memory.AnonymousBytes, memory.FileBytes, memory.CompressedBytes);
            row[7] = memory.Faults;
            (row[8], row[9], row[10]) = (memory.PageIns * memory.PageBytes, memory.SwapIns * memory.PageBytes,
                memory.SwapOuts * memory.PageBytes);
        }
        if (MacNative.ReadSwapUsage() is { } swap)
            row[11] = swap.Used;
    }

    public void Dispose()
    {
    }
}
