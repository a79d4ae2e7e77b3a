using System.Text.RegularExpressions;
using MemoryWall.Core.Telemetry;
using MemoryWall.Engine.Tests.Machine.Probes.Gpu;
using MemoryWall.Machine;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Probes.Gpu;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Engine.Tests.Machine;

public partial class DataReadmeTests
{
    private static readonly string[] VmStat =
        ["pgfault", "pgmajfault", "pswpin", "pswpout", "workingset_refault_file", "workingset_refault_anon", "pgscan_direct", "oom_kill"];

    [Fact]
    public void Readme_EveryColumnOfLinux_IsDocumented()
    {
        using var laptop = Capture.Unpack("laptop-cgroup-v2");
        Directory.CreateDirectory(laptop.PathOf("sys/block/nvme0n1"));
        laptop.Write("proc/vmstat", string.Concat(VmStat.Select(name => $"{name} 1\n")));
        laptop.Write("proc/net/dev", "lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n");
        using var amd = Capture.Unpack("amd-gpu");
        using var watch = new ServerWatch(null);
        List<ProbeDiscovery> discoveries =
        [
            .. LinuxProbes.Discover(laptop.Root, new SamplerOptions { IncludeNamedCgroup = true, IncludePss = true }, watch,
                new Dictionary<string, string>()),
            AmdProbe.Discover(amd.Root), ProbeDiscovery.Found(NvmlProbe.Create(new ScriptedNvml(), watch)),
        ];
        var text = File.ReadAllText(Path.Combine(Capture.Repository(), "data", "README.md"));

        Assert.All(discoveries.SelectMany(o => o.Probe?.Columns ?? []).Concat(Sampler.SelfColumns),
            column => Assert.Contains($"`{Family(column)}`", text));
    }

    // Figures and names that differ from machine to machine are in angle brackets.
    private static string Family(TelemetryColumn column)
    {
        var name = Numbered().Replace(column.Name, m => m.Groups[1].Value + "<n>");
        name = Disk().Replace(name, "disk_<device>_");
        name = Temperature().Replace(name, "temperature_<sensor>_celsius");
        name = Energy().Replace(name, "energy_<domain>_joules_total");
        return name.StartsWith("named_cgroup_", StringComparison.Ordinal) ? "server_cgroup_" + name["named_cgroup_".Length..] : name;
    }

    [GeneratedRegex(@"^(cpu|gpu|amd_gpu)\d+")]
    private static partial Regex Numbered();

    [GeneratedRegex("^disk_[a-z0-9]+_")]
    private static partial Regex Disk();

    [GeneratedRegex("^temperature_.*_celsius$")]
    private static partial Regex Temperature();

    [GeneratedRegex("^energy_.*_joules_total$")]
    private static partial Regex Energy();
}
