using System.Runtime.InteropServices;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>Sends signals to processes.</summary>
internal static partial class Signal
{
    private const int SigKill = 9;

    /// <summary>Kills a process at once; does nothing where it has already ended.</summary>
    public static void Kill(int pid)
    {
        // 0 and negative numbers address process groups, this one's included; in a pid namespace, processes outside appear as 0.
        if (pid > 1)
            _ = kill(pid, SigKill);
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
