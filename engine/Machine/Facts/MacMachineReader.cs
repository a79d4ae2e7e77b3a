using System.Runtime.Versioning;
using MemoryWall.Core.Facts;
using MemoryWall.Machine.Mac;

namespace MemoryWall.Machine.Facts;

/// <summary>What a Mac is, by sysctl. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("macos")]
internal static unsafe class MacMachineReader
{
    public static MachineFacts Read(MachineFacts fallback)
    {
        var physical = (int?)MacNative.ReadSysctlNumber("hw.physicalcpu");
        var swap = MacNative.ReadSwapUsage();
        return fallback with
        {
            Kernel = MacNative.ReadSysctlText("kern.osrelease"),
            CpuModel = MacNative.ReadSysctlText("machdep.cpu.brand_string"),
            PhysicalCores = physical,
            LogicalCores = (int?)MacNative.ReadSysctlNumber("hw.logicalcpu"),
            AvailableCores = physical,
            MemoryTotalBytes = MacNative.ReadSysctlNumber("hw.memsize"),
            MemoryAvailableBytes = ReadAvailableBytes(),
            SwapTotalBytes = swap?.Total,
            Thermal = MacNative.ReadSysctlNumber("machdep.xcpm.cpu_thermal_level") is { } level
                ? FormattableString.Invariant($"thermal level {level}")
                : null,
            Virtualization = MacNative.ReadSysctlNumber("kern.hv_vmm_present") == 1 ? "virtual (kern.hv_vmm_present)" : null,
        };
    }

    private static long? ReadAvailableBytes() => MacMemoryStatistics.Read() is { } memory ? memory.AvailableBytes : null;
}
