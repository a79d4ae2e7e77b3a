using System.Runtime.InteropServices;

namespace MemoryWall.Machine.Linux;

/// <summary>Calls of the C library for what .NET does only with allocations.</summary>
internal static unsafe partial class LinuxNative
{
    public const int ReadOnlyCloseOnExec = 0x80000;

    [LibraryImport("libc", EntryPoint = "opendir", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint OpenDirectory(string path);

    /// <summary>The next entry; null at the end. On 64-bit systems the name begins at byte 19.</summary>
    [LibraryImport("libc", EntryPoint = "readdir")]
    internal static partial byte* ReadDirectory(nint directory);

    [LibraryImport("libc", EntryPoint = "rewinddir")]
    internal static partial void RewindDirectory(nint directory);

    [LibraryImport("libc", EntryPoint = "closedir")]
    internal static partial int CloseDirectory(nint directory);

    [LibraryImport("libc", EntryPoint = "open")]
    internal static partial int Open(byte* path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "read")]
    internal static partial nint Read(int file, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "close")]
    internal static partial int Close(int file);
}
