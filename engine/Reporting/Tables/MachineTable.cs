using MemoryWall.Charts;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Telemetry;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Tables;

/// <summary>A machine: its hardware and operating system, and the telemetry sources that it does not have.</summary>
internal static class MachineTable
{
    private static readonly TableColumn<UnavailableSource>[] s_missing =
    [
        new("source", source => source.Name, IsNumber: false),
        new("why it is absent", source => source.Reason, IsNumber: false),
        new("what would enable it", source => source.Remedy ?? NumberFormat.Absent, IsNumber: false),
    ];

    public static TextTable Create(MachineFacts machine) => PropertyTable.Create(
    [
        ("processor", machine.CpuModel ?? machine.Architecture),
        ("cores", $"{NumberFormat.Tokens(machine.PhysicalCores)} physical, {NumberFormat.Tokens(machine.LogicalCores)} logical, "
            + $"{NumberFormat.Tokens(machine.AvailableCores)} usable"),
        ("RAM", $"{NumberFormat.Bytes(machine.MemoryTotalBytes)}, {NumberFormat.Bytes(machine.MemoryAvailableBytes)} available"),
        ("memory limit set by a container", NumberFormat.Bytes(machine.MemoryLimitBytes)),
        ("swap", NumberFormat.Bytes(machine.SwapTotalBytes)),
        ("accelerators", machine.Gpus.Count == 0
            ? "none found"
            : string.Join(", ", machine.Gpus.Select(gpu => $"{gpu.Name} ({NumberFormat.Bytes(gpu.MemoryBytes)})"))),
        ("operating system", $"{machine.OperatingSystem}{(machine.Kernel is { } kernel ? $", kernel {kernel}" : "")}"),
        ("power", machine.Power ?? NumberFormat.Absent),
        ("thermal state", machine.Thermal ?? NumberFormat.Absent),
        ("virtualization", machine.Virtualization ?? NumberFormat.Absent),
    ]);

    /// <summary>Telemetry sources that a machine does not have.</summary>
    public static TextTable CreateMissingSources(IEnumerable<UnavailableSource> sources) => s_missing.ToTable(sources);
}
