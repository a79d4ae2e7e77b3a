using MemoryWall.Charts;
using MemoryWall.Core.Facts;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Notebooks.Views;

/// <summary>The hardware and operating system of a machine.</summary>
internal static class MachineView
{
    public static View Create(MachineFacts machine) => new View().AddTable(CreateTable(machine));

    public static TextTable CreateTable(MachineFacts machine) => new([new("property", IsNumber: false), new("value", IsNumber: false)],
    [
        ["processor", machine.CpuModel ?? machine.Architecture],
        ["cores",
            $"{FormatCount(machine.PhysicalCores)} physical, {FormatCount(machine.LogicalCores)} logical, "
                + $"{FormatCount(machine.AvailableCores)} usable"],
        ["RAM", $"{NumberFormat.Bytes(machine.MemoryTotalBytes)}, {NumberFormat.Bytes(machine.MemoryAvailableBytes)} available"],
        ["memory limit set by a container", NumberFormat.Bytes(machine.MemoryLimitBytes)],
        ["swap", NumberFormat.Bytes(machine.SwapTotalBytes)],
        ["accelerators",
            machine.Gpus.Count == 0
                ? "none found"
                : string.Join(", ", machine.Gpus.Select(gpu => $"{gpu.Name} ({NumberFormat.Bytes(gpu.MemoryBytes)})"))],
        ["operating system", $"{machine.OperatingSystem}{(machine.Kernel is { } kernel ? $", kernel {kernel}" : "")}"],
        ["power", machine.Power ?? NumberFormat.Absent],
        ["thermal state", machine.Thermal ?? NumberFormat.Absent],
        ["virtualization", machine.Virtualization ?? NumberFormat.Absent],
    ]);

    private static string FormatCount(int? count) => count is { } known ? NumberFormat.Tokens(known) : NumberFormat.Absent;
}
