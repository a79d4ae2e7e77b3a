using MemoryWall.Charts;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Units;

namespace MemoryWall.Notebooks.Views;

/// <summary>A machine.</summary>
internal static class MachineView
{
    public static View Create(MachineFacts machine) => new View().AddTable(CreateTable(machine));

    public static TextTable CreateTable(MachineFacts machine) => new([new("what", IsNumber: false), new("here", IsNumber: false)],
    [
        ["processor", machine.CpuModel ?? machine.Architecture],
        ["cores",
            $"{FormatCount(machine.PhysicalCores)} physical, {FormatCount(machine.LogicalCores)} logical, {FormatCount(machine.AvailableCores)} usable"],
        ["RAM", $"{NumberFormat.Bytes(machine.MemoryTotalBytes)}, {NumberFormat.Bytes(machine.MemoryAvailableBytes)} available"],
        ["limit from outside", NumberFormat.Bytes(machine.MemoryLimitBytes)],
        ["swap", NumberFormat.Bytes(machine.SwapTotalBytes)],
        ["accelerators",
            machine.Gpus.Count == 0
                ? "none found"
                : string.Join(", ", machine.Gpus.Select(gpu => $"{gpu.Name} ({NumberFormat.Bytes(gpu.MemoryBytes)})"))],
        ["system", $"{machine.OperatingSystem}{(machine.Kernel is { } kernel ? $", kernel {kernel}" : "")}"],
        ["power", machine.Power ?? NumberFormat.Absent],
        ["heat", machine.Thermal ?? NumberFormat.Absent],
        ["virtual", machine.Virtualization ?? NumberFormat.Absent],
    ]);

    public static string FormatSummary(MachineFacts machine) =>
        $"{machine.CpuModel ?? machine.Architecture}, {FormatCount(machine.AvailableCores)} cores, {NumberFormat.Bytes(machine.MemoryTotalBytes)} RAM, {machine.OperatingSystem}";

    private static string FormatCount(int? count) => count is { } known ? NumberFormat.Tokens(known) : NumberFormat.Absent;
}
