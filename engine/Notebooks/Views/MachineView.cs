using MemoryWall.Core.Facts;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Views;

/// <summary>The hardware and operating system of a machine.</summary>
internal static class MachineView
{
    public static View Create(MachineFacts machine) => new View().AddTable(MachineTable.Create(machine));
}
