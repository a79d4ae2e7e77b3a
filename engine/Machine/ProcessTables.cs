using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;
using MemoryWall.Machine.Processes.Mac;
using MemoryWall.Machine.Processes.Windows;

namespace MemoryWall.Machine;

/// <summary>Opens the process table of this operating system.</summary>
internal static class ProcessTables
{
    /// <summary>The machine's processes; null where the system cannot list them.</summary>
    public static IProcessTable? TryOpen()
    {
        if (OperatingSystem.IsLinux())
            return LinuxProcessTable.TryOpen(LinuxRoot.Machine);
        if (OperatingSystem.IsWindows())
            return new WindowsProcessTable();
        return OperatingSystem.IsMacOS() ? new MacProcessTable() : null;
    }
}
