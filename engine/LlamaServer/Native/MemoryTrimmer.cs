using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.Native;

/// <summary>What the process holds and nobody uses: garbage of the runtime, and what the C library keeps of freed memory.</summary>
internal static partial class MemoryTrimmer
{
    /// <summary>Gives it back to the system. Stops every thread for some milliseconds.</summary>
    public static void ReleaseToSystem()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            // llama.cpp frees tables of many small nodes with each context.
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Only glibc has it.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint kept);
}
