using System.Runtime.InteropServices;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Tests;

public sealed class PageBufferTests
{
    private const long Huge = 2 << 20;

    [Theory]
    [InlineData(1, PageBuffer.PageSize, PageBuffer.PageSize)]
    [InlineData(Huge - 1, Huge, Huge)]
    [InlineData(3 * Huge / 2 + 1, 3 * Huge / 2 + PageBuffer.PageSize, Huge)]
    public void Resident_AnySize_BeginsWhereItsPagesCanBeHugeAndIsThereToItsEnd(long bytes, long expected, long alignment)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        using var pages = PageBuffer.AllocateResident(bytes);
        Assert.Equal((expected, 0L), (pages.Bytes, (long)pages.Address % alignment));
        Marshal.WriteByte(pages.Address, 1);
        Marshal.WriteByte(pages.Address + (nint)pages.Bytes - 1, 2);
        Assert.Equal((1, 2), (Marshal.ReadByte(pages.Address), Marshal.ReadByte(pages.Address + (nint)pages.Bytes - 1)));
    }
}
