using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>The processors' clock rates, from cpufreq, and how often the processors throttled because they were too hot.</summary>
internal static class CpuFrequencyProbe
{
    private const double HertzPerKilohertz = 1000;

    /// <summary>Clock rates.</summary>
    public static ProbeDiscovery Discover(LinuxRoot root) =>
        NumberFiles.Open(root.CpuFolders.Select(cpu => Path.Combine(cpu, "cpufreq/scaling_cur_freq"))) is { Count: > 0 } files
            ? ProbeDiscovery.Found(new ColumnProbe("cpu_frequency", files)
            {
                Cost = ProbeCost.Heavy,
                Intrusion = "some drivers query each processor in turn, which wakes idle ones",
                Update = files.Read,
            }
                .Gauge("host_cpu_frequency_mean_hz", "Mean clock rate of the logical processors.",
                    () => files.Sum * HertzPerKilohertz / files.Count)
                .Gauge("host_cpu_frequency_max_hz", "Clock rate of the fastest logical processor.", () => files.Max * HertzPerKilohertz))
            : ProbeDiscovery.Missing("cpu_frequency", "the kernel shows no cpufreq (usual in virtual machines)");

    /// <summary>Throttle events (Intel).</summary>
    public static ProbeDiscovery DiscoverThrottling(LinuxRoot root) =>
        NumberFiles.Open(root.ThrottleCountFiles) is { Count: > 0 } files
            ? ProbeDiscovery.Found(new ColumnProbe("cpu_throttle", files)
            {
                Cost = ProbeCost.Heavy,
                Intrusion = "reads one file of /sys for each logical processor",
                Update = files.Read,
            }
                .Counter("host_cpu_throttle_events_total",
                    "Thermal throttle events, all logical processors; the threads of one core count its events for each.",
                    () => files.Sum))
            : ProbeDiscovery.Missing("cpu_throttle",
                "the kernel counts no thermal throttling here (it does for Intel processors of physical machines)");
}
