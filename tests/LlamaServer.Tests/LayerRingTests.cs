using System.Collections.Concurrent;
using MemoryWall.Core.Units;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Tests;

public sealed class LayerRingTests
{
    [Fact]
    public void Slots_NotWholeHugePages_LieOneAfterTheOther()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        const long Bytes = 3 * ByteSize.MiB;
        var places = new ConcurrentQueue<nint>();
        using var ring = new LayerRing("ring", new RingSize(4, 3, Bytes),
            new RingTransfers((_, slot) => places.Enqueue(slot), (_, _) => { }));
        var acquired = new List<nint>();
        foreach (var layer in Enumerable.Range(0, 4))
        {
            acquired.Add(ring.Acquire(layer));
            ring.Release();
        }
        // Apart, each would end in small pages, which the device transfers page by page.
        var first = acquired[0];
        Assert.Equal([first, first + (nint)Bytes, first + (nint)(2 * Bytes), first], acquired);
        Assert.Equal(acquired, places.Take(4));
        Assert.Equal(0, first % (nint)(2 * ByteSize.MiB));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData((2 << 20) - 1, (2 << 20) - 1)]
    [InlineData(2 << 20, 2 << 20)]
    [InlineData(51 << 20, 52 << 20)]
    public void HugePages_SmallOrLarge_AreWholeFromOneOn(long bytes, long expected) =>
        Assert.Equal(expected, PageBuffer.RoundUpToHugePages(bytes));
}
