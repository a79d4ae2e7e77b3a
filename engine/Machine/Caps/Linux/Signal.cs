using System.Runtime.InteropServices;

namespace MemoryWall.Machine.Caps.Linux;

internal static partial class Signal
{
    private const int SigKill = 9;

    /// <summary>Ends a process at once; nothing where it has ended already.</summary>
    public static void Kill(int pid)
    {
        // 0 and below address groups of processes, this one's among them; in a pid namespace processes outside read as 0.
        if (pid > 1)
            _ = kill(pid, SigKill);
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
