using System.Runtime.Versioning;
using MemoryWall.Core.Facts;
using MemoryWall.Machine.Windows;
using Microsoft.Win32;

namespace MemoryWall.Machine.Facts;

/// <summary>What a Windows machine is. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsMachineReader
{
    private const int RelationProcessorCore = 0;
    private const int ExtendedLimits = 9;

    public static MachineFacts Read(MachineFacts fallback)
    {
        var memory = WindowsNative.ReadMemoryStatus();
        var physical = CountPhysicalCores();
        return fallback with
        {
            Kernel = Environment.OSVersion.Version.ToString(),
            CpuModel = Registry.GetValue(@"HKEY_LOCAL_MACHINE\HARDWARE\DESCRIPTION\System\CentralProcessor\0", "ProcessorNameString",
                null) as string
                ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER"),
            InstructionSets = Facts.InstructionSets.FromProcessor(),
            PhysicalCores = physical,
            LogicalCores = Environment.ProcessorCount,
            // The runtime's count already respects affinity and job limits, in logical processors.
            AvailableCores = physical is { } cores ? Math.Min(cores, Environment.ProcessorCount) : null,
            MemoryTotalBytes = (long?)memory?.TotalPhysical,
            MemoryAvailableBytes = (long?)memory?.AvailablePhysical,
            MemoryLimitBytes = ReadJobMemoryLimit(),
            // The page file's limit includes RAM.
            SwapTotalBytes = memory is { } m && m.TotalPageFile >= m.TotalPhysical ? (long)(m.TotalPageFile - m.TotalPhysical) : null,
            Power = DescribePower(),
            Virtualization = DescribeVirtualization(),
        };
    }

    // Each entry is { relationship, size, … }, one for each core.
    private static unsafe int? CountPhysicalCores()
    {
        uint length = 0;
        _ = WindowsNative.GetLogicalProcessorInformationEx(RelationProcessorCore, null, ref length);
        if (length is 0 or > 1 << 20)
            return null;
        var buffer = new byte[length];
        fixed (byte* start = buffer)
        {
            if (!WindowsNative.GetLogicalProcessorInformationEx(RelationProcessorCore, start, ref length))
                return null;
        }
        var cores = 0;
        for (uint at = 0; at + 8 <= length; cores++)
        {
            var size = BitConverter.ToUInt32(buffer, (int)at + 4);
            if (size < 8)
                return null;
            at += size;
        }
        return cores;
    }

    // JOBOBJECT_EXTENDED_LIMIT_INFORMATION, 64 bit: flags at 16, process memory limit at 112, job memory limit at 120, 144 bytes in all.
    private static unsafe long? ReadJobMemoryLimit()
    {
        if (IntPtr.Size != 8)
            return null;
        var information = stackalloc byte[144];
        uint returned;
        if (!WindowsNative.QueryInformationJobObject(0, ExtendedLimits, information, 144, &returned))
            return null;
        var flags = *(uint*)(information + 16);
        long? process = (flags & 0x100) != 0 ? *(long*)(information + 112) : null;
        long? job = (flags & 0x200) != 0 ? *(long*)(information + 120) : null;
        return process is { } p && job is { } j ? Math.Min(p, j) : process ?? job;
    }

    private static string? DescribePower() =>
        !WindowsNative.GetSystemPowerStatus(out var status) ? null : status.AcLine switch
        {
            0 => status.BatteryPercent <= 100 ? FormattableString.Invariant($"battery {status.BatteryPercent} %") : "battery",
            1 => "mains",
            _ => null,
        };

    private static string? DescribeVirtualization()
    {
        const string Bios = @"HKEY_LOCAL_MACHINE\HARDWARE\DESCRIPTION\System\BIOS";
        var maker = Registry.GetValue(Bios, "SystemManufacturer", null) as string;
        var product = Registry.GetValue(Bios, "SystemProductName", null) as string;
        var name = $"{maker} {product}".Trim();
        string[] signs = ["Virtual", "VMware", "QEMU", "KVM", "Xen", "Parallels", "Amazon EC2", "Google Compute"];
        return signs.Any(sign => name.Contains(sign, StringComparison.OrdinalIgnoreCase)) ? $"virtual: {name} (BIOS)" : null;
    }
}
