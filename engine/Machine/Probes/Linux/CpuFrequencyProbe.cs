using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>The processors' clock rates, from cpufreq.</summary>
internal sealed class CpuFrequencyProbe : IProbe
{
    private readonly NumberFiles _files;
    private readonly ProbeColumns _columns = new("cpu_frequency");

    private CpuFrequencyProbe(NumberFiles files)
    {
        _files = files;
        _columns.AddGauge("host_cpu_frequency_mean_hz", "Mean clock rate of the logical processors.");
        _columns.AddGauge("host_cpu_frequency_max_hz", "Clock rate of the fastest logical processor.");
    }

    public string Name => "cpu_frequency";

    public ProbeCost Cost => ProbeCost.Heavy;

    public string Intrusion => "some drivers ask each processor in turn, which wakes idle ones";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        var files = NumberFiles.Open(
            LinuxRoot.ListEntries(Path.Combine(root.Sys, "devices/system/cpu"), "cpu*")
                .Select(cpu => Path.Combine(cpu, "cpufreq/scaling_cur_freq")));
        return files.Count > 0
            ? ProbeDiscovery.Found(new CpuFrequencyProbe(files))
            : ProbeDiscovery.Missing("cpu_frequency", "the kernel shows no cpufreq (usual in virtual machines)");
    }

    // The files are in kHz.
    public void Read(Span<double> row)
    {
        double sum = 0, max = 0;
        for (var i = 0; i < _files.Count; i++)
        {
            var hertz = _files[i] * 1000;
            sum += hertz;
            max = Math.Max(max, hertz);
        }
        (row[0], row[1]) = (sum / _files.Count, max);
    }

    public void Dispose() => _files.Dispose();
}
