using System.Diagnostics;
using System.Runtime.InteropServices;
using MemoryWall.LlamaServer.Native;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Measures the direct read bandwidth of a file with reads like those of the rings.</summary>
internal static class BandwidthProbe
{
    private const long MaxProbeBytes = 256L << 20;
    private const int MaxWriteBytes = 32 << 20;
    private const int MaxPasses = 4;
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromSeconds(1);

    /// <summary>Bytes per second of the fastest of a few passes, because the device may have to wake up for the first; null for a file that
    /// is too small.</summary>
    /// <param name="file">The file.</param>
    /// <param name="fileBytes">Bytes of the file that have content.</param>
    /// <param name="slotBytes">Size of one read of a ring.</param>
    /// <exception cref="TierException">It cannot be read.</exception>
    public static long? Measure(DirectFile file, long fileBytes, long slotBytes)
    {
        var probeBytes = Math.Min(MaxProbeBytes, PageBuffer.RoundDown(fileBytes));
        if (probeBytes < PageBuffer.PageSize)
            return null;
        var atOnce = Math.Min(probeBytes, PageBuffer.RoundUp(slotBytes));
        using var memory = PageBuffer.AllocateResident(PageBuffer.RoundUpToHugePages(atOnce));
        var begun = Stopwatch.GetTimestamp();
        double fastest = 0;
        for (var pass = 0; pass < MaxPasses && Stopwatch.GetElapsedTime(begun) < s_timeLimit; pass++)
        {
            var started = Stopwatch.GetTimestamp();
            for (long at = 0; at < probeBytes; at += atOnce)
            {
                var some = Math.Min(atOnce, probeBytes - at);
                file.Read(at, memory.Address, some, some);
            }
            fastest = Math.Max(fastest, probeBytes / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return (long)fastest;
    }

    /// <summary>
    /// Writes the beginning of a new file, so that there is content to read. It may later be read as unused cells, so it must consist of
    /// finite numbers: the attention mask does not hide NaN.
    /// </summary>
    /// <returns>Bytes that were written.</returns>
    public static long WriteTestData(DirectFile file, long fileBytes)
    {
        var bytes = Math.Min(MaxWriteBytes, PageBuffer.RoundDown(fileBytes));
        var block = RandomKvFiller.CreateRandomBlock();
        using var memory = PageBuffer.AllocateResident(block.Length);
        Marshal.Copy(block, 0, memory.Address, block.Length);
        for (long at = 0; at < bytes; at += block.Length)
            file.Write(at, memory.Address, Math.Min(block.Length, bytes - at));
        file.Flush();
        return bytes;
    }
}
