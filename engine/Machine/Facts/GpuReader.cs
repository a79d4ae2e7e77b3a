using MemoryWall.Core.Facts;
using MemoryWall.Machine.Gpu;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Facts;

/// <summary>Finds accelerators: NVIDIA's through NVML, AMD's through sysfs.</summary>
internal static class GpuReader
{
    public static IReadOnlyList<GpuFacts> Read(LinuxRoot root)
    {
        using var nvml = NvmlLibrary.TryLoad(out _);
        return [.. nvml is null ? [] : ReadNvidia(nvml), .. OperatingSystem.IsLinux() ? ReadAmd(root) : []];
    }

    public static IReadOnlyList<GpuFacts> ReadNvidia(INvml nvml) =>
        [.. Enumerable.Range(0, nvml.DeviceCount)
            .Select(i => new GpuFacts(nvml.Name(i) ?? "NVIDIA device", (long?)nvml.Memory(i)?.Total, nvml.DriverVersion))];

    public static IReadOnlyList<GpuFacts> ReadAmd(LinuxRoot root) =>
        [.. AmdDevice.Find(root)
            .Select(d => new GpuFacts(d.Name, LinuxRoot.ReadNumber(Path.Combine(d.Folder, "mem_info_vram_total")), d.Driver))];
}
