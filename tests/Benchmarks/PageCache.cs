using System.Runtime.InteropServices;

namespace MemoryWall.Benchmarks;

/// <summary>Has Linux forget what it holds of a file in memory, so that it is read from storage again; elsewhere nothing happens.</summary>
internal static partial class PageCache
{
    private const int DontNeed = 4;

    public static void Drop(string path)
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var file = File.OpenHandle(path);
        // Only clean pages go.
        RandomAccess.FlushToDisk(file);
        _ = AdviseFile(file.DangerousGetHandle().ToInt32(), 0, 0, DontNeed);
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int AdviseFile(int file, long offset, long length, int advice);
}
