using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace MemoryWall.Machine.Linux;

/// <summary>
/// The page cache of one file. Pages are charged to the control group that read them first: a model that another process has read is in
/// memory outside of the cap, and the cap would show no memory wall.
/// </summary>
[SupportedOSPlatform("linux")]
internal static partial class PageCache
{
    private const int DontNeed = 4;
    private const int ProtNone = 0;
    private const int MapShared = 1;
    private const nint Failed = -1;

    /// <summary>Drops the cached pages of a file. Pages that a process maps stay.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static void Drop(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        // Pages that are not yet written cannot be dropped.
        _ = Synchronize(file);
        _ = Advise(file, 0, 0, DontNeed);
    }

    /// <summary>Bytes of a file that are in the page cache now.</summary>
    /// <exception cref="IOException">The file cannot be opened or mapped.</exception>
    public static long CachedBytes(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var length = RandomAccess.GetLength(file);
        if (length == 0)
            return 0;
        var address = Map(0, (nuint)length, ProtNone, MapShared, file, 0);
        if (address == Failed)
            throw new IOException($"'{path}' could not be mapped: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        try
        {
            var page = Environment.SystemPageSize;
            var pages = new byte[(length + page - 1) / page];
            return InCore(address, (nuint)length, pages) == 0 ? pages.LongCount(state => (state & 1) != 0) * page : 0;
        }
        finally
        {
            _ = Unmap(address, (nuint)length);
        }
    }

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Synchronize(SafeHandle file);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, SafeHandle file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "mincore")]
    private static partial int InCore(nint address, nuint length, byte[] states);
}
