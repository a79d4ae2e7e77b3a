using System.Diagnostics;
using MemoryWall.Core.Units;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.Benchmarks;

/// <summary>The direct read bandwidth of a device at this moment, with reads like those of the tier's rings.</summary>
internal static class DeviceReads
{
    /// <summary>Bytes of one read.</summary>
    public const long ReadBytes = 16 * ByteSize.MiB;
    /// <summary>Reads that have room in memory, as the layers of a ring: one buffer alone stays in the processor's cache, and reads into it
    /// are faster than reads into memory.</summary>
    public const int Slots = 3;
    private const long ProbeBytes = 256 * ByteSize.MiB;
    private const int Passes = 4;

    /// <summary>Writes a file to read.</summary>
    public static string CreateFile(string folder)
    {
        var path = Path.Combine(folder, "device-reads");
        var block = new byte[ByteSize.MiB];
        new Random(1).NextBytes(block);
        using var file = File.Create(path);
        for (long at = 0; at < ProbeBytes; at += block.Length)
            file.Write(block);
        file.Flush(flushToDisk: true);
        return path;
    }

    /// <summary>The median of a few passes over the start of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">Bytes of a pass: what a token streams, because a cache behind the device reads fewer bytes faster.</param>
    /// <returns>Bytes a second.</returns>
    public static double Measure(string path, double bytes = ProbeBytes)
    {
        using var file = DirectFile.OpenRead(path, new StorageMeter(), new StorageThrottle(null, null));
        using var memory = PageBuffer.AllocateResident(Slots * ReadBytes);
        var probe = (long)Math.Min(Math.Max(bytes, ProbeBytes), new FileInfo(path).Length) / ReadBytes * ReadBytes;
        var passes = new double[Passes];
        for (var pass = 0; pass < Passes; pass++)
        {
            var started = Stopwatch.GetTimestamp();
            for (long at = 0; at < probe; at += ReadBytes)
                file.Read(at, PlaceOf(memory, at), ReadBytes, ReadBytes);
            passes[pass] = probe / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
        return Measured.Median(passes);
    }

    /// <summary>Where in memory the read at an offset of the file goes.</summary>
    public static nint PlaceOf(PageBuffer memory, long at) => memory.Address + (nint)(at / ReadBytes % Slots * ReadBytes);
}
