using MemoryWall.Core.Facts;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>A machine in one line.</summary>
internal static class MachineLabel
{
    public static string Create(MachineFacts machine) =>
        $"{machine.CpuModel ?? machine.Architecture}, {NumberFormat.Tokens(machine.AvailableCores)} cores, "
        + $"{NumberFormat.Bytes(machine.MemoryTotalBytes)} RAM, {machine.OperatingSystem}";
}
