using System.Diagnostics;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Measures the bandwidth of a device with reads like those of a pool: some experts of a layer at once, anywhere.</summary>
internal static class ExpertProbe
{
    private const long ProbeBytes = 192L << 20;
    private const int Passes = 3;
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromSeconds(1);

    /// <summary>Bytes per second of the fastest of a few passes, because the device may have to wake up for the first.</summary>
    /// <exception cref="TierException">The file cannot be read.</exception>
    public static long Measure(ExpertLayout layout, DirectFile file)
    {
        var atOnce = layout.Layers.Max(layer => layer.Used);
        using var memory = PageBuffer.AllocateResident(atOnce * layout.SlotBytes);
        using var reads = new ReadAheadQueue(file);
        var random = new Random(1);
        var begun = Stopwatch.GetTimestamp();
        double fastest = 0;
        for (var pass = 0; pass < Passes && Stopwatch.GetElapsedTime(begun) < s_timeLimit; pass++)
        {
            var (started, bytes) = (Stopwatch.GetTimestamp(), 0L);
            while (bytes < ProbeBytes / Passes)
            {
                var index = random.Next(layout.Layers.Count);
                for (var i = 0; i < atOnce; i++)
                    bytes += Enqueue(reads, layout, (index, random.Next(layout.Layers[index].Count)),
                        memory.Address + (nint)(i * layout.SlotBytes));
                reads.WaitAll();
            }
            fastest = Math.Max(fastest, bytes / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return (long)fastest;
    }

    private static long Enqueue(ReadAheadQueue reads, ExpertLayout layout, (int Index, int Number) expert, nint slot)
    {
        var bytes = 0L;
        foreach (var slice in layout.Slices[expert.Index])
        {
            var extent = slice.Extent(expert.Number);
            reads.Enqueue(extent.Offset, slot + (nint)extent.MemoryOffset, extent.Bytes, extent.RequiredBytes);
            bytes += extent.Bytes;
        }
        return bytes;
    }
}
