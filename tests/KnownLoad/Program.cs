// A process that uses known amounts, so that tests can check telemetry against them. It reads one command from each line and answers "done"
// with the amount that it measured itself: burn SECONDS (CPU), allocate BYTES (touches and keeps them; answers with the faults), read PATH
// (bytes from storage, not from the page cache), fault PATH (maps a file that is in no cache and touches each page; answers with the faults
// that waited for storage), spawn (starts a child, to which all further commands go).
using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using MemoryWall.KnownLoad;

Console.WriteLine("ready");
while (Console.ReadLine() is { } line)
{
    var parts = line.Split(' ', 2);
    switch (parts[0])
    {
        case "burn":
            Console.WriteLine(FormattableString.Invariant($"done {Load.Burn(double.Parse(parts[1], CultureInfo.InvariantCulture))}"));
            break;
        case "allocate":
            Console.WriteLine(FormattableString.Invariant($"done {Load.Allocate(nuint.Parse(parts[1], CultureInfo.InvariantCulture))}"));
            break;
        case "fault":
            Console.WriteLine(FormattableString.Invariant($"done {Load.Fault(parts[1])}"));
            break;
        case "read":
            Console.WriteLine(FormattableString.Invariant($"done {Load.Read(parts[1])}"));
            break;
        case "spawn":
            using (var child = Process.Start(
                new ProcessStartInfo("dotnet", [typeof(Load).Assembly.Location]) { RedirectStandardInput = true })!)
            {
                while (Console.ReadLine() is { } relayed)
                    child.StandardInput.WriteLine(relayed);
                child.StandardInput.Close();
                child.WaitForExit();
            }
            return;
        default:
            return;
    }
}

namespace MemoryWall.KnownLoad
{
    internal static unsafe partial class Load
    {
        private const int DontNeed = 4;
        private const int NoHugePages = 15;
        private const int Random = 1;
        private const int PageBytes = 4096;

        // Offsets in struct rusage, in words: two times of two words each, four sizes, then minor and major faults.
        private const int MinorFaults = 8, MajorFaults = 9;

        /// <summary>Uses CPU until getrusage of this process has grown by a number of seconds; returns the seconds used.</summary>
        public static double Burn(double seconds)
        {
            var start = Environment.CpuUsage.TotalTime;
            var x = 1.0;
            while ((Environment.CpuUsage.TotalTime - start).TotalSeconds < seconds)
            {
                for (var i = 0; i < 100_000; i++)
                    x = x * 1.0000001 + 1e-9;
            }
            GC.KeepAlive(x);
            return (Environment.CpuUsage.TotalTime - start).TotalSeconds;
        }

        /// <summary>Allocates memory and writes into every page of it; returns the process's minor faults meanwhile, 0 where they are not
        /// reported.</summary>
        public static long Allocate(nuint bytes)
        {
            var memory = (byte*)NativeMemory.AlignedAlloc(bytes, PageBytes);
            if (OperatingSystem.IsLinux())
                _ = AdviseMemory(memory, bytes, NoHugePages);
            var before = Usage(MinorFaults);
            for (nuint i = 0; i < bytes; i += PageBytes)
                memory[i] = (byte)(i >> 12 | 1);
            return Usage(MinorFaults) - before;
        }

        /// <summary>Drops the file from the page cache, maps it and touches each page without the kernel reading ahead; returns the
        /// process's major faults meanwhile.</summary>
        public static long Fault(string path)
        {
            using (var file = File.OpenHandle(path))
                _ = Advise((int)file.DangerousGetHandle(), 0, 0, DontNeed);
            using var mapping = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            using var view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            _ = AdviseMemory(start, (nuint)view.Capacity, Random);
            var before = Usage(MajorFaults);
            var sum = 0;
            for (long i = 0; i < view.Capacity; i += PageBytes)
                sum += start[i];
            GC.KeepAlive(sum);
            var faults = Usage(MajorFaults) - before;
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            return faults;
        }

        /// <summary>Drops the file from the page cache and reads it; returns the bytes read.</summary>
        public static long Read(string path)
        {
            using var file = File.OpenHandle(path);
            if (OperatingSystem.IsLinux())
                _ = Advise((int)file.DangerousGetHandle(), 0, 0, DontNeed);
            var buffer = new byte[1 << 20];
            long read = 0;
            int got;
            while ((got = RandomAccess.Read(file, buffer, read)) > 0)
                read += got;
            return read;
        }

        private static long Usage(int word)
        {
            if (!OperatingSystem.IsLinux())
                return 0;
            var usage = stackalloc long[18];
            return GetUsage(0, usage) == 0 ? usage[word] : 0;
        }

        [LibraryImport("libc", EntryPoint = "getrusage")]
        private static partial int GetUsage(int who, long* usage);

        [LibraryImport("libc", EntryPoint = "madvise")]
        private static partial int AdviseMemory(void* start, nuint length, int advice);

        [LibraryImport("libc", EntryPoint = "posix_fadvise")]
        private static partial int Advise(int file, long offset, long length, int advice);
    }
}
