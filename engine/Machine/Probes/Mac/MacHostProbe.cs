using System.Runtime.Versioning;
using MemoryWall.Machine.Mac;

namespace MemoryWall.Machine.Probes.Mac;

/// <summary>CPU time and memory of a Mac. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("macos")]
internal static class MacHostProbe
{
    private const double TicksPerSecond = 100;

    public static ProbeDiscovery Discover()
    {
        MacNative.CpuTicks? cpu = null;
        MacMemoryStatistics? memory = null;
        return ProbeDiscovery.Found(new ColumnProbe("host") { Intrusion = "three calls of the kernel", Update = Update }
            .Counter("host_cpu_busy_seconds_total", "CPU time spent working, all processors.",
                () => (cpu?.User + cpu?.System) / TicksPerSecond)
            .Counter("host_cpu_user_seconds_total", "CPU time in programs, low priority included.", () => cpu?.User / TicksPerSecond)
            .Counter("host_cpu_system_seconds_total", "CPU time in the kernel.", () => cpu?.System / TicksPerSecond)
            .Gauge("host_memory_available_bytes", "RAM that is free, inactive or purgeable.", () => memory?.AvailableBytes)
            .Gauge("host_memory_anon_bytes", "Memory of programs that no file backs.", () => memory?.AnonymousBytes)
            .Gauge("host_memory_cached_bytes", "Memory that files back.", () => memory?.FileBytes)
            .Gauge("host_memory_compressed_bytes", "RAM that contains compressed pages.", () => memory?.CompressedBytes)
            .Counter("host_faults_total", "Page faults.", () => memory?.Faults)
            .Counter("host_page_in_bytes_total", "Bytes read to resolve page faults.", () => memory?.PageIns * memory?.PageBytes)
            .Counter("host_swap_in_bytes_total", "Bytes read back from swap.", () => memory?.SwapIns * memory?.PageBytes)
            .Counter("host_swap_out_bytes_total", "Bytes written to swap.", () => memory?.SwapOuts * memory?.PageBytes)
            .Gauge("host_swap_used_bytes", "Swap in use.", () => MacNative.ReadSwapUsage()?.Used));

        void Update()
        {
            cpu = MacNative.ReadCpuTicks();
            memory = MacMemoryStatistics.Read();
        }
    }
}
