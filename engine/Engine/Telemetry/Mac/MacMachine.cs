using System.Runtime.Versioning;
using MemoryWall.Facts;

namespace MemoryWall.Telemetry.Mac;

/// <summary>What a Mac is, by sysctl. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("macos")]
internal static unsafe class MacMachine
{
    public static MachineFacts Read(MachineFacts fallback)
    {
        var physical = (int?)MacNative.Number("hw.physicalcpu");
        var swap = MacNative.Swap();
        return fallback with
        {
            Kernel = MacNative.Text("kern.osrelease"),
            CpuModel = MacNative.Text("machdep.cpu.brand_string"),
            PhysicalCores = physical,
            LogicalCores = (int?)MacNative.Number("hw.logicalcpu"),
            AvailableCores = physical,
            MemoryTotalBytes = MacNative.Number("hw.memsize"),
            MemoryAvailableBytes = Available(),
            SwapTotalBytes = swap?.Total,
            Thermal = MacNative.Number("machdep.xcpm.cpu_thermal_level") is { } level ? FormattableString.Invariant($"thermal level {level}") : null,
            Virtualization = MacNative.Number("kern.hv_vmm_present") == 1 ? "virtual (kern.hv_vmm_present)" : null,
        };
    }

    private static long? Available() => MacMemory.Read() is { } memory ? memory.AvailableBytes : null;
}
