using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Probes.Gpu;
using MemoryWall.Machine.Probes.Linux;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Machine;

/// <summary>All probes of a Linux machine, the ones nearest to the server first: what is read first is stamped best.</summary>
internal static class LinuxProbes
{
    public static IReadOnlyList<ProbeDiscovery> Discover(LinuxRoot root, SamplerOptions options, ServerWatch watch,
        IReadOnlyDictionary<string, string> devices)
    {
        List<ProbeDiscovery> offers =
        [
            ProbeDiscovery.Found(new ServerProcessProbe(watch, pid => LinuxProcessReader.TryOpen(root, pid), LinuxProcessReader.Columns,
                "reads three files of /proc for each process of the server")),
            CgroupMemoryProbe.DiscoverForServer(root, watch),
        ];
        if (options.IncludeNamedCgroup)
            offers.Add(CgroupMemoryProbe.DiscoverNamed(root, watch));
        offers.AddRange(
        [
            HostCpuProbe.Discover(root), KeyedFileProbe.DiscoverMemory(root), KeyedFileProbe.DiscoverVmStat(root),
            DiskProbe.Discover(root, devices.Values), PressureProbe.Discover(root),
            RaplProbe.Discover(root), EngineProbe.Discover(root), NetworkProbe.Discover(root), CpuFrequencyProbe.Discover(root),
            CpuThrottleProbe.Discover(root),
            TemperatureProbe.Discover(root), AmdProbe.Discover(root), ProbeDiscovery.Try("nvml", () => NvmlProbe.Discover(watch)),
        ]);
        if (options.IncludePss)
            offers.Add(ProbeDiscovery.Found(new PssProbe(root, watch)));
        return offers;
    }

    /// <summary>What lies on which block device; what is not known is not listed.</summary>
    public static IReadOnlyDictionary<string, string> FindBlockDevices(LinuxRoot root, string? modelPath)
    {
        var devices = new Dictionary<string, string>(StringComparer.Ordinal);
        if (modelPath is not null && BlockDevices.FindForPath(root, Path.GetFullPath(modelPath)) is { } model)
            devices["model"] = DiskProbe.ColumnName(model);
        if (BlockDevices.FindSwapDevices(root) is [var swap, ..])
            devices["swap"] = DiskProbe.ColumnName(swap);
        return devices;
    }
}
