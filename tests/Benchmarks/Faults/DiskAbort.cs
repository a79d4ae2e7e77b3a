using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MemoryWall.Benchmarks.Faults;

/// <summary>Lets a file system end as if its device had failed (ext4, root).</summary>
internal static partial class DiskAbort
{
    // EXT4_IOC_SHUTDOWN of the kernel's ext4.h.
    private const nuint ShutDown = 0x8004587D;

    /// <summary>What was not flushed is lost, and all that follows is an input/output error, until it is mounted again.</summary>
    public static void Strike(string path)
    {
        using var folder = new SafeFileHandle(Open(path, 0), ownsHandle: true);
        var withoutJournal = 2u;
        if (Control(folder, ShutDown, ref withoutJournal) != 0)
            throw new InvalidOperationException($"{path} could not be shut down: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, nuint request, ref uint argument);
}
