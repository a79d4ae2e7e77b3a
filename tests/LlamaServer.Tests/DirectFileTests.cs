using System.Runtime.InteropServices;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Tests;

public sealed class DirectFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("memwall-direct-").FullName, "file");

    public DirectFileTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    private byte[] Write(int bytes)
    {
        var content = new byte[bytes];
        new Random(1).NextBytes(content);
        File.WriteAllBytes(_path, content);
        return content;
    }

    private DirectFile Open(StorageMeter meter) => DirectFile.OpenRead(_path, meter, new StorageThrottle(null, null));

    [Theory]
    [InlineData(4096)]
    [InlineData(DirectFile.MaxTransferBytes)]
    [InlineData(DirectFile.MaxTransferBytes + 4096)]
    // More pieces than the device gets at once.
    [LongData(65 * DirectFile.MaxTransferBytes)]
    public void Read_AnyLength_EveryByteIsThereAndCounted(int bytes)
    {
        var content = Write(bytes + 8192);
        var meter = new StorageMeter();
        using var file = Open(meter);
        using var memory = PageBuffer.Reserve(bytes);

        file.Read(4096, memory.Address, bytes, bytes);

        var read = new byte[bytes];
        Marshal.Copy(memory.Address, read, 0, bytes);
        Assert.True(content.AsSpan(4096, bytes).SequenceEqual(read));
        Assert.Equal(bytes, meter.Total.Read);
    }

    [Fact]
    public void Read_CutInItsLastPage_WhatIsNeededIsThere()
    {
        var content = Write(DirectFile.MaxTransferBytes * 2 + 100);
        using var file = Open(new StorageMeter());
        var whole = (int)PageBuffer.RoundUp(content.Length);
        using var memory = PageBuffer.Reserve(whole);

        file.Read(0, memory.Address, whole, content.Length);

        var read = new byte[content.Length];
        Marshal.Copy(memory.Address, read, 0, read.Length);
        Assert.Equal(content, read);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(DirectFile.MaxTransferBytes + 4096)]
    [InlineData(DirectFile.MaxTransferBytes * 3 - 4096)]
    public void Read_CutShortSinceItWasOpened_SaysWhere(int length)
    {
        Write(DirectFile.MaxTransferBytes * 3);
        using var file = Open(new StorageMeter());
        using (var cut = File.OpenWrite(_path))
            cut.SetLength(length);
        using var memory = PageBuffer.Reserve(DirectFile.MaxTransferBytes * 3);

        var failure = Assert.Throws<TierException>(
            () => file.Read(0, memory.Address, DirectFile.MaxTransferBytes * 3, DirectFile.MaxTransferBytes * 3));

        Assert.Contains($"ended at byte {length}", failure.Message);
    }

    [Fact]
    public void Read_ManyThreads_EachGetsItsOwn()
    {
        var content = Write(DirectFile.MaxTransferBytes * 8);
        using var file = Open(new StorageMeter());
        Parallel.For(0, 8, i =>
        {
            var bytes = DirectFile.MaxTransferBytes * 2;
            var offset = Math.Min(i, 6) * DirectFile.MaxTransferBytes;
            using var memory = PageBuffer.Reserve(bytes);
            file.Read(offset, memory.Address, bytes, bytes);
            var read = new byte[bytes];
            Marshal.Copy(memory.Address, read, 0, bytes);
            Assert.True(content.AsSpan(offset, bytes).SequenceEqual(read));
        });
    }

    [Fact]
    public void Queue_MoreIsAskedForThanTheDeviceTakesAtOnce_EachStretchHasItsBytes()
    {
        // 100 pieces in five stretches; the device gets 64 pieces at once.
        var content = Write(20 * DirectFile.MaxTransferBytes);
        var meter = new StorageMeter();
        using var file = Open(meter);
        using var memory = PageBuffer.Reserve(5L * content.Length);
        using var queue = new ReadAheadQueue(file);

        for (var i = 0; i < 5; i++)
            queue.Enqueue(0, memory.Address + (nint)((long)i * content.Length), content.Length, content.Length);
        for (var i = 0; i < 5; i++)
        {
            queue.Wait(1);
            Assert.Equal((i + 1L) * content.Length, meter.Total.Read);
            var read = new byte[content.Length];
            Marshal.Copy(memory.Address + (nint)((long)i * content.Length), read, 0, read.Length);
            Assert.True(content.AsSpan().SequenceEqual(read));
        }
    }

    [Fact]
    public void Queue_OneOfThreeIsNotThere_SaysSoAndTheOthersAre()
    {
        var content = Write(DirectFile.MaxTransferBytes * 3);
        using var file = Open(new StorageMeter());
        using var memory = PageBuffer.Reserve(DirectFile.MaxTransferBytes * 3);
        using var queue = new ReadAheadQueue(file);

        queue.Enqueue(0, memory.Address, DirectFile.MaxTransferBytes, DirectFile.MaxTransferBytes);
        queue.Enqueue(DirectFile.MaxTransferBytes * 3, memory.Address + DirectFile.MaxTransferBytes, DirectFile.MaxTransferBytes,
            DirectFile.MaxTransferBytes);
        queue.Enqueue(DirectFile.MaxTransferBytes * 2, memory.Address + DirectFile.MaxTransferBytes * 2, DirectFile.MaxTransferBytes,
            DirectFile.MaxTransferBytes);

        Assert.Contains($"ended at byte {DirectFile.MaxTransferBytes * 3}", Assert.Throws<TierException>(() => queue.Wait(3)).Message);
        var read = new byte[DirectFile.MaxTransferBytes];
        foreach (var piece in (int[])[0, 2])
        {
            Marshal.Copy(memory.Address + piece * DirectFile.MaxTransferBytes, read, 0, read.Length);
            Assert.True(content.AsSpan(piece * DirectFile.MaxTransferBytes, DirectFile.MaxTransferBytes).SequenceEqual(read));
        }
    }

    [Fact]
    public void Queue_ClosedTwice_TheNextTwoDoNotShareWhatItHad()
    {
        var content = Write(DirectFile.MaxTransferBytes * 2);
        using var file = Open(new StorageMeter());
        using var memory = PageBuffer.Reserve(content.Length);
        var closed = new ReadAheadQueue(file);
        closed.Dispose();
        closed.Dispose();
        using ReadAheadQueue first = new(file), second = new(file);

        first.Enqueue(0, memory.Address, DirectFile.MaxTransferBytes, DirectFile.MaxTransferBytes);
        second.Enqueue(DirectFile.MaxTransferBytes, memory.Address + DirectFile.MaxTransferBytes, DirectFile.MaxTransferBytes,
            DirectFile.MaxTransferBytes);
        second.Wait(1);
        first.Wait(1);

        var read = new byte[content.Length];
        Marshal.Copy(memory.Address, read, 0, read.Length);
        Assert.True(content.AsSpan().SequenceEqual(read));
    }
}
