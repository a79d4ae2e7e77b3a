using System.Diagnostics;
using MemoryWall.Core.Units;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.Benchmarks;

/// <summary>How fast a device reads, and what that costs.</summary>
/// <param name="BytesPerSecond">Bandwidth of direct reads.</param>
/// <param name="ProcessorSecondsPerByte">Processor time that the system takes to read a byte, on all processors together.</param>
internal readonly record struct DeviceSpeed(double BytesPerSecond, double ProcessorSecondsPerByte)
{
    /// <summary>The mean of two measurements.</summary>
    public static DeviceSpeed Mean(DeviceSpeed first, DeviceSpeed second) => new((first.BytesPerSecond + second.BytesPerSecond) / 2,
        (first.ProcessorSecondsPerByte + second.ProcessorSecondsPerByte) / 2);
}

/// <summary>The direct read bandwidth of a device at this moment, with reads like those of the tier's rings.</summary>
internal static class DeviceReads
{
    private const long ProbeBytes = 256 * ByteSize.MiB;
    private const long ReadBytes = 16 * ByteSize.MiB;
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

    /// <summary>The fastest of a few passes over the start of a file.</summary>
    public static DeviceSpeed Measure(string path)
    {
        using var file = DirectFile.OpenRead(path, new StorageMeter(), new StorageThrottle(null, null));
        using var memory = PageBuffer.AllocateResident(ReadBytes);
        var probe = Math.Min(ProbeBytes, new FileInfo(path).Length) / ReadBytes * ReadBytes;
        var fastest = new DeviceSpeed();
        for (var pass = 0; pass < Passes; pass++)
        {
            var (started, processors) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            for (long at = 0; at < probe; at += ReadBytes)
                file.Read(at, memory.Address, ReadBytes, ReadBytes);
            var speed = new DeviceSpeed(probe / Stopwatch.GetElapsedTime(started).TotalSeconds,
                (Environment.CpuUsage.TotalTime - processors).TotalSeconds / probe);
            if (speed.BytesPerSecond > fastest.BytesPerSecond)
                fastest = speed;
        }
        return fastest;
    }
}
