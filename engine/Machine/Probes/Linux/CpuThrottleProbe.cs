using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>How often processors were slowed down because they were too hot (Intel).</summary>
internal sealed class CpuThrottleProbe : IProbe
{
    private readonly NumberFiles _files;
    private readonly ProbeColumns _columns = new("cpu_throttle");

    private CpuThrottleProbe(NumberFiles files)
    {
        _files = files;
        _columns.AddCounter("host_cpu_throttle_events_total",
            "Thermal throttle events, all logical processors; the threads of one core count its events for each.");
    }

    public string Name => "cpu_throttle";

    public ProbeCost Cost => ProbeCost.Heavy;

    public string Intrusion => "reads one file of /sys for each logical processor";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        var files = NumberFiles.Open(
            LinuxRoot.ListEntries(Path.Combine(root.Sys, "devices/system/cpu"), "cpu*")
                .Select(cpu => Path.Combine(cpu, "thermal_throttle/core_throttle_count")));
        return files.Count > 0
            ? ProbeDiscovery.Found(new CpuThrottleProbe(files))
            : ProbeDiscovery.Missing("cpu_throttle", "the kernel counts no thermal throttling here (Intel processors on bare machines do)");
    }

    public void Read(Span<double> row) => row[0] = _files.Sum();

    public void Dispose() => _files.Dispose();
}
