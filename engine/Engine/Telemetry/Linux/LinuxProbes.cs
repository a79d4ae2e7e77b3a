using MemoryWall.Telemetry.Gpu;

namespace MemoryWall.Telemetry.Linux;

/// <summary>All probes of a Linux machine, the ones nearest to the server first: what is read first is stamped best.</summary>
internal static class LinuxProbes
{
    public static IReadOnlyList<ProbeOffer> Offer(LinuxRoot root, SamplerOptions options, ServerWatch watch, IReadOnlyDictionary<string, string> devices)
    {
        List<ProbeOffer> offers =
        [
            ProbeOffer.Of(new ServerProcessProbe(watch, pid => ProcessFiles.TryOpen(root, pid), ProcessFiles.Columns,
                "reads three files of /proc for each process of the server")),
            CgroupMemoryProbe.OfServer(root, watch),
        ];
        if (options.NamedCgroup)
            offers.Add(CgroupMemoryProbe.OfName(root, watch));
        offers.AddRange(
        [
            HostCpuProbe.Offer(root), KeyedProbe.Memory(root), KeyedProbe.VmStat(root), DiskProbe.Offer(root, devices.Values), PressureProbe.Offer(root),
            RaplProbe.Offer(root), EngineProbe.Offer(root), NetworkProbe.Offer(root), FrequencyProbe.Offer(root), ThrottleProbe.Offer(root),
            TemperatureProbe.Offer(root), AmdProbe.Offer(root), ProbeOffer.Try("nvml", () => NvmlProbe.Offer(watch)),
        ]);
        if (options.Pss)
            offers.Add(ProbeOffer.Of(new PssProbe(root, watch)));
        return offers;
    }

    /// <summary>What lies on which block device; what is not known is not listed.</summary>
    public static IReadOnlyDictionary<string, string> Devices(LinuxRoot root, string? modelPath)
    {
        var devices = new Dictionary<string, string>(StringComparer.Ordinal);
        if (modelPath is not null && BlockDevices.Of(root, Path.GetFullPath(modelPath)) is { } model)
            devices["model"] = DiskProbe.ColumnName(model);
        if (BlockDevices.OfSwap(root) is [var swap, ..])
            devices["swap"] = DiskProbe.ColumnName(swap);
        return devices;
    }
}
