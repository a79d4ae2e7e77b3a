using System.Runtime.InteropServices;

namespace MemoryWall.Machine.Linux;

/// <summary>CPU time of the calling thread.</summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Nanoseconds since the thread began; null on systems other than 64-bit Linux.</summary>
    public static long? CpuNanoseconds()
    {
        if (!OperatingSystem.IsLinux() || IntPtr.Size != 8)
            return null;
        return ClockGetTime(ThreadCpuTime, out var time) == 0 ? time.Seconds * 1_000_000_000 + time.Nanoseconds : null;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out Timespec time);

    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
