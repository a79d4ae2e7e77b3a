using System.Globalization;
using System.Text;
using MemoryWall.Core.Telemetry;
using MemoryWall.Engine.Tests.Machine.Probes.Gpu;
using MemoryWall.Machine;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Probes.Gpu;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Engine.Tests.Machine.Probes;

/// <summary>Stored telemetry is read by column name: names, order, kinds and sources stay as recorded.</summary>
public class ProbeColumnsTests
{
    private static readonly string[] s_machines = ["laptop-cgroup-v2", "vm-cgroup-hybrid", "docker-cgroup-v1", "pod-cgroup-v2", "amd-gpu"];

    [Fact]
    public void Columns_OfCapturedMachines_AreThoseOfStoredRuns()
    {
        var text = new StringBuilder();
        var values = new StringBuilder();
        foreach (var machine in s_machines)
        {
            using var capture = Capture.Of(machine);
            using var watch = new ServerWatch(LinuxProcessTable.TryOpen(capture.Root));
            watch.WatchProcess(4711);
            var devices = LinuxProbes.FindBlockDevices(capture.Root, "/home/me/models/a.gguf");
            Append(LinuxProbes.Discover(capture.Root, new SamplerOptions { IncludeNamedCgroup = true }, watch, devices));
            Append([ProbeDiscovery.Found(new NvmlProbe(new ScriptedNvml(), watch))]);
            void Append(IEnumerable<ProbeDiscovery> discoveries)
            {
                foreach (var discovery in discoveries)
                {
                    foreach (var column in discovery.Probe?.Columns ?? [])
                        Line(text, machine, column);
                    foreach (var (name, value) in discovery.Probe?.Read() ?? [])
                        values.Append(CultureInfo.InvariantCulture, $"{machine}\t{name}\t{value:R}\n");
                    discovery.Probe?.Dispose();
                }
            }
        }
        foreach (var column in Sampler.SelfColumns)
            Line(text, "sampler", column);
        if (Environment.GetEnvironmentVariable("MEMWALL_COLUMNS") is { Length: > 0 } folder)
        {
            File.WriteAllText(Path.Combine(folder, "columns.txt"), text.ToString());
            File.WriteAllText(Path.Combine(folder, "values.txt"), values.ToString());
        }
        Assert.Equal(Recorded.Text("columns.txt"), text.ToString());
    }

    private static void Line(StringBuilder text, string machine, TelemetryColumn column) =>
        text.Append(CultureInfo.InvariantCulture, $"{machine}\t{column.Source}\t{column.Kind}\t{column.Name}\n");
}
