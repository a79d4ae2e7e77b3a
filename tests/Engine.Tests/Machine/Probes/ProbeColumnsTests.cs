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
        foreach (var machine in s_machines)
        {
            using var capture = Capture.Unpack(machine);
            using var watch = new ServerWatch(LinuxProcessTable.TryOpen(capture.Root));
            watch.WatchProcess(4711);
            var devices = LinuxProbes.FindBlockDevices(capture.Root, "/home/me/models/a.gguf");
            Append(LinuxProbes.Discover(capture.Root, new SamplerOptions { IncludeNamedCgroup = true }, watch, devices));
            Append([ProbeDiscovery.Found(NvmlProbe.Create(new ScriptedNvml(), watch))]);
            void Append(IEnumerable<ProbeDiscovery> discoveries)
            {
                foreach (var discovery in discoveries)
                {
                    foreach (var column in discovery.Probe?.Columns ?? [])
                        Line(text, machine, column);
                    discovery.Probe?.Dispose();
                }
            }
        }
        foreach (var column in Sampler.SelfColumns)
            Line(text, "sampler", column);
        Assert.Equal(Recorded.Text("columns.txt"), text.ToString());
    }

    private static void Line(StringBuilder text, string machine, TelemetryColumn column) =>
        text.Append(CultureInfo.InvariantCulture, $"{machine}\t{column.Source}\t{column.Kind}\t{column.Name}\n");
}
