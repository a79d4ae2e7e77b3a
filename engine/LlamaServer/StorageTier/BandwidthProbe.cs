using System.Diagnostics;
using System.Runtime.InteropServices;
using MemoryWall.LlamaServer.Native;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Measures how fast a file is read past the page cache, in the way in which the rings read.</summary>
internal static class BandwidthProbe
{
    private const long MaxProbeBytes = 256L << 20;
    private const int MaxWriteBytes = 32 << 20;
    private const int MaxPasses = 4;
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromSeconds(1);

    /// <summary>Bytes a second of the fastest of a few passes, since the first may find the device asleep; null for a file that is too
    /// small to tell.</summary>
    /// <param name="file">The file.</param>
    /// <param name="fileBytes">How much of it holds something.</param>
    /// <param name="slotBytes">What a ring asks for at once.</param>
    /// <exception cref="TierException">It cannot be read.</exception>
    public static long? Measure(DirectFile file, long fileBytes, long slotBytes)
    {
        var stretch = Math.Min(MaxProbeBytes, PageBuffer.RoundDown(fileBytes));
        if (stretch < PageBuffer.PageSize)
            return null;
        var atOnce = Math.Min(stretch, PageBuffer.RoundUp(slotBytes));
        using var memory = PageBuffer.AllocateResident(atOnce);
        var begun = Stopwatch.GetTimestamp();
        double fastest = 0;
        for (var pass = 0; pass < MaxPasses && Stopwatch.GetElapsedTime(begun) < s_timeLimit; pass++)
        {
            var started = Stopwatch.GetTimestamp();
            for (long at = 0; at < stretch; at += atOnce)
            {
                var some = Math.Min(atOnce, stretch - at);
                file.Read(at, memory.Address, some, some);
            }
            fastest = Math.Max(fastest, stretch / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return (long)fastest;
    }

    /// <summary>
    /// Writes the beginning of a new file, which has no content to be read yet. What is written may be read as cells that nobody holds, so
    /// it must be finite numbers: the attention's mask does not hide others.
    /// </summary>
    /// <returns>How many bytes of it hold something.</returns>
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
