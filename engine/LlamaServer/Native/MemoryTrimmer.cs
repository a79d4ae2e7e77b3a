using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.Native;

/// <summary>Memory that the process no longer uses: garbage of the runtime, and freed memory that the C library keeps.</summary>
internal static partial class MemoryTrimmer
{
    /// <summary>Returns it to the system. This stops every thread for some milliseconds.</summary>
    public static void ReleaseToSystem()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            // llama.cpp frees many small allocations with each context.
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Only glibc has malloc_trim.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint kept);
}
