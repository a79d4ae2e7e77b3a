using MemoryWall.Charts;
using MemoryWall.Facts;

namespace MemoryWall.Notebooks.Views;

/// <summary>A machine.</summary>
internal static class MachineView
{
    public static View Of(MachineFacts machine) => new View().Table(Table(machine));

    public static TextTable Table(MachineFacts machine) => new([new("what", IsNumber: false), new("here", IsNumber: false)],
    [
        ["processor", machine.CpuModel ?? machine.Architecture],
        ["cores", $"{Count(machine.PhysicalCores)} physical, {Count(machine.LogicalCores)} logical, {Count(machine.AvailableCores)} usable"],
        ["RAM", $"{Say.Bytes(machine.MemoryTotalBytes)}, {Say.Bytes(machine.MemoryAvailableBytes)} available"],
        ["limit from outside", Say.Bytes(machine.MemoryLimitBytes)],
        ["swap", Say.Bytes(machine.SwapTotalBytes)],
        ["accelerators", machine.Gpus.Count == 0 ? "none found" : string.Join(", ", machine.Gpus.Select(gpu => $"{gpu.Name} ({Say.Bytes(gpu.MemoryBytes)})"))],
        ["system", $"{machine.OperatingSystem}{(machine.Kernel is { } kernel ? $", kernel {kernel}" : "")}"],
        ["power", machine.Power ?? Say.Absent],
        ["heat", machine.Thermal ?? Say.Absent],
        ["virtual", machine.Virtualization ?? Say.Absent],
    ]);

    public static string Line(MachineFacts machine) =>
        $"{machine.CpuModel ?? machine.Architecture}, {Count(machine.AvailableCores)} cores, {Say.Bytes(machine.MemoryTotalBytes)} RAM, {machine.OperatingSystem}";

    private static string Count(int? count) => count is { } known ? Say.Tokens(known) : Say.Absent;
}
