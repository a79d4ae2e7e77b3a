// A process that uses known amounts, so that telemetry can be checked against them. Reads one command a line and answers each with "done" and
// what it used by its own account: burn SECONDS (CPU), allocate BYTES (touched, kept), read PATH (from storage, not from the page cache),
// spawn (a child of its own, to which all further commands go).
using System.Diagnostics;
using System.Globalization;
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
            Load.Allocate(nuint.Parse(parts[1], CultureInfo.InvariantCulture));
            Console.WriteLine("done");
            break;
        case "read":
            Console.WriteLine(FormattableString.Invariant($"done {Load.Read(parts[1])}"));
            break;
        case "spawn":
            using (var child = Process.Start(new ProcessStartInfo("dotnet", [typeof(Load).Assembly.Location]) { RedirectStandardInput = true })!)
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

        /// <summary>Uses CPU until the process' own account (getrusage) has grown by so many seconds; returns what was used.</summary>
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

        /// <summary>Takes memory and writes into every page of it.</summary>
        public static void Allocate(nuint bytes)
        {
            var memory = (byte*)NativeMemory.Alloc(bytes);
            for (nuint i = 0; i < bytes; i += 4096)
                memory[i] = (byte)(i >> 12 | 1);
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

        [LibraryImport("libc", EntryPoint = "posix_fadvise")]
        private static partial int Advise(int file, long offset, long length, int advice);
    }
}
