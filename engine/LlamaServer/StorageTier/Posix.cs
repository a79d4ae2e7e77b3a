using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Functions and constants of the C library on Linux.</summary>
internal static unsafe partial class Posix
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NoFollow = 0x20000;
    public const int CloseOnExec = 0x80000;
    public const int OwnerOnly = 0x180; // rw-------

    public const int InvalidArgument = 22;
    public const int Interrupted = 4;
    public const int NoSpace = 28;
    public const int NotSupported = 95;

    public const int AdviseRandom = 1;
    public const int AdviseDontNeed = 4;
    public const int AdviseHugePage = 14;
    public const int AdviseNoHugePage = 15;
    public const int AdvisePopulate = 23; // for writing
    public const int AdviseCollapse = 25; // into huge pages
    public const int FileDontNeed = 4;
    public const int LockOnFault = 1;

    private const int ProtectReadWrite = 3;
    private const int MapPrivate = 2;
    private const int MapAnonymous = 0x20;
    private const int MapNoReserve = 0x4000;

    /// <summary>O_DIRECT, whose value depends on the processor architecture.</summary>
    public static int Direct => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x10000 : 0x4000;

    /// <summary>Maps anonymous memory, of which only touched pages take memory; -1 on failure.</summary>
    public static nint MapAnonymousMemory(nuint length) =>
        Map(0, length, ProtectReadWrite, MapPrivate | MapAnonymous | MapNoReserve, -1, 0);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(nint address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "mlock2", SetLastError = true)]
    public static partial int Lock(nint address, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint Read(int file, nint buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint Write(int file, nint buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(int file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(int file, long length);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Synchronize(int file);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    public static partial int AdviseFile(int file, long offset, long length, int advice);

    /// <summary>Sleeps far more precisely than a .NET timer.</summary>
    public static void Sleep(TimeSpan time)
    {
        var wanted = new TimeSpec
        {
            Seconds = (long)time.TotalSeconds,
            Nanoseconds = time.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick
        };
        TimeSpec left;
        while (NanoSleep(&wanted, &left) != 0 && Marshal.GetLastPInvokeError() == Interrupted)
            wanted = left;
    }

    /// <summary>Gives the calling thread the lowest priority at the processor, and at devices whose scheduler has priorities.</summary>
    public static void LowerPriority()
    {
        const int OfThread = 0; // PRIO_PROCESS; number 0 is the calling thread
        const int Lowest = 19;
        const int OfProcess = 1; // IOPRIO_WHO_PROCESS
        const int Idle = 3 << 13; // IOPRIO_CLASS_IDLE
        _ = SetPriority(OfThread, 0, Lowest);
        var number = RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => 251, Architecture.Arm64 => 30, _ => 0 };
        if (number > 0)
            _ = SystemCall(number, OfProcess, 0, Idle);
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third);

    /// <summary>The C library's message for the last error of this thread.</summary>
    public static string LastError() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "nanosleep", SetLastError = true)]
    private static partial int NanoSleep(TimeSpec* wanted, TimeSpec* left);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
