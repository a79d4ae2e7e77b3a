using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Probes.Gpu;
using MemoryWall.Machine.Probes.Linux;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Machine;

/// <summary>All probes of a Linux machine. Those of the server go first: the time stamp of a row fits its first readings best.</summary>
internal static class LinuxProbes
{
    public static IReadOnlyList<ProbeDiscovery> Discover(LinuxRoot root, SamplerOptions options, ServerWatch watch,
        IReadOnlyDictionary<string, string> devices)
    {
        List<ProbeDiscovery> discoveries =
        [
            ProbeDiscovery.Found(new ServerProcessProbe(watch, pid => LinuxProcessReader.TryOpen(root, pid), LinuxProcessReader.Columns,
                "reads three files of /proc for each process of the server")),
            CgroupMemoryProbe.DiscoverForServer(root, watch),
        ];
        if (options.IncludeNamedCgroup)
            discoveries.Add(CgroupMemoryProbe.DiscoverNamed(root, watch));
        discoveries.AddRange(
        [
            HostCpuProbe.Discover(root), KeyedFileProbe.DiscoverMemory(root), KeyedFileProbe.DiscoverVmStat(root),
            DiskProbe.Discover(root, devices.Values), PressureProbe.Discover(root),
            RaplProbe.Discover(root), EngineProbe.Discover(root), NetworkProbe.Discover(root), CpuFrequencyProbe.Discover(root),
            CpuFrequencyProbe.DiscoverThrottling(root),
            TemperatureProbe.Discover(root), AmdProbe.Discover(root), ProbeDiscovery.Try("nvml", () => NvmlProbe.Discover(watch)),
        ]);
        if (options.IncludePss)
            discoveries.Add(PssProbe.Discover(root, watch));
        return discoveries;
    }

    /// <summary>The block devices that store the model, the storage tier and the swap space; an unknown one is not listed.</summary>
    public static IReadOnlyDictionary<string, string> FindBlockDevices(LinuxRoot root, string? modelPath, string? tierFolder = null)
    {
        var devices = new Dictionary<string, string>(StringComparer.Ordinal);
        if (modelPath is not null && BlockDevices.FindForPath(root, Path.GetFullPath(modelPath)) is { } model)
            devices["model"] = DiskProbe.ColumnName(model);
        if (tierFolder is not null && BlockDevices.FindForPath(root, Path.GetFullPath(tierFolder)) is { } tier)
            devices["tier"] = DiskProbe.ColumnName(tier);
        if (BlockDevices.FindSwapDevices(root) is [var swap, ..])
            devices["swap"] = DiskProbe.ColumnName(swap);
        return devices;
    }
}
