using System.Runtime.InteropServices;
using MemoryWall.Core.Facts;
using MemoryWall.Machine.Facts;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine;

/// <summary>Reads what the machine is. Never throws: what cannot be read is absent.</summary>
internal static class MachineReader
{
    /// <summary>
    /// The machine as it is now. Takes a few milliseconds, more where a GPU driver has to be started. Linux is tested on captured machines
    /// of many kinds; the Windows and macOS branches compile everywhere but were not run here.
    /// </summary>
    public static MachineFacts Read()
    {
        var facts = new MachineFacts
        {
            OperatingSystem = RuntimeInformation.OSDescription,
            Architecture = RuntimeInformation.OSArchitecture.ToString(),
            LogicalCores = Environment.ProcessorCount,
        };
        if (OperatingSystem.IsLinux())
            facts = LinuxMachineReader.Read(LinuxRoot.Machine, facts);
        else if (OperatingSystem.IsWindows())
            facts = WindowsMachineReader.Read(facts);
        else if (OperatingSystem.IsMacOS())
            facts = MacMachineReader.Read(facts);
        return facts with { Gpus = GpuReader.Read(LinuxRoot.Machine) };
    }
}
