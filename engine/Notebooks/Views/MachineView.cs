using MemoryWall.Charts;
using MemoryWall.Core.Facts;

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
        ["RAM", $"{TextFormat.Bytes(machine.MemoryTotalBytes)}, {TextFormat.Bytes(machine.MemoryAvailableBytes)} available"],
        ["limit from outside", TextFormat.Bytes(machine.MemoryLimitBytes)],
        ["swap", TextFormat.Bytes(machine.SwapTotalBytes)],
        ["accelerators",
            machine.Gpus.Count == 0
                ? "none found"
                : string.Join(", ", machine.Gpus.Select(gpu => $"{gpu.Name} ({TextFormat.Bytes(gpu.MemoryBytes)})"))],
        ["system", $"{machine.OperatingSystem}{(machine.Kernel is { } kernel ? $", kernel {kernel}" : "")}"],
        ["power", machine.Power ?? TextFormat.Absent],
        ["heat", machine.Thermal ?? TextFormat.Absent],
        ["virtual", machine.Virtualization ?? TextFormat.Absent],
    ]);

    public static string FormatSummary(MachineFacts machine) =>
        $"{machine.CpuModel ?? machine.Architecture}, {FormatCount(machine.AvailableCores)} cores, {TextFormat.Bytes(machine.MemoryTotalBytes)} RAM, {machine.OperatingSystem}";

    private static string FormatCount(int? count) => count is { } known ? TextFormat.Tokens(known) : TextFormat.Absent;
}
