using MemoryWall.Core.Facts;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;

namespace MemoryWall.Machine.Facts;

/// <summary>What a Linux machine is, from <c>/proc</c>, <c>/sys</c> and <c>/etc/os-release</c>.</summary>
internal static class LinuxMachineReader
{
    public static MachineFacts Read(LinuxRoot root, MachineFacts fallback)
    {
        var memory = MemInfo.Read(root);
        var cpu = LinuxRoot.ReadText(Path.Combine(root.Proc, "cpuinfo"));
        var quota = CgroupLimits.ReadCpuLimit(root);
        var topology = CpuTopology.Read(root, quota);
        return fallback with
        {
            OperatingSystem = Distribution(root) ?? fallback.OperatingSystem,
            Kernel = root.KernelRelease,
            CpuModel = FindCpuModel(root, cpu),
            InstructionSets = Facts.InstructionSets.FromCpuInfo(cpu),
            PhysicalCores = topology.Physical,
            LogicalCores = topology.Logical,
            AvailableCores = topology.Available,
            MemoryTotalBytes = memory.TotalBytes,
            MemoryAvailableBytes = memory.AvailableBytes,
            MemoryLimitBytes = CgroupLimits.ReadMemoryLimit(root),
            SwapTotalBytes = memory.SwapTotalBytes,
            Power = LinuxPower.Describe(root),
            Thermal = LinuxThermal.Describe(root),
            Virtualization = LinuxVirtualization.Describe(root, cpu),
        };
    }

    private static string? Distribution(LinuxRoot root)
    {
        foreach (var line in (LinuxRoot.ReadText(Path.Combine(root.Etc, "os-release")) ?? "").Split('\n'))
        {
            if (line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))
                return line["PRETTY_NAME=".Length..].Trim().Trim('"', '\'') is { Length: > 0 } name ? name : null;
        }
        return null;
    }

    // x86 has "model name". Most Arm kernels have no name there; boards have it in the device tree.
    private static string? FindCpuModel(LinuxRoot root, string? cpuinfo) =>
        new[] { "model name", "Model", "Hardware", "cpu model", "uarch" }.Select(name => FindCpuInfoValue(cpuinfo, name))
            .FirstOrDefault(name => name is not null)
        ?? LinuxRoot.ReadLine(Path.Combine(root.Proc, "device-tree/model"))?.Trim('\0');

    // cpuinfo pads its names with tabs before the colon.
    private static string? FindCpuInfoValue(string? cpuinfo, string name)
    {
        foreach (var line in (cpuinfo ?? "").Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line.AsSpan(0, colon).Trim().SequenceEqual(name))
                return line[(colon + 1)..].Trim() is { Length: > 0 } value ? value : null;
        }
        return null;
    }
}
