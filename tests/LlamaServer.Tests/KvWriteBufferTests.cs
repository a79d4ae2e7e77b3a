using System.Runtime.InteropServices;
using CsCheck;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>
/// A small ring of one slot: after any sequence of steps and rollbacks it contains the same as memory that keeps everything.
/// </summary>
public sealed class KvWriteBufferTests
{
    private const int Rows = 400;
    private const int RowBytes = 168;
    private static readonly int s_bytes = (int)PageBuffer.RoundUp(Rows * RowBytes);

    [Fact]
    public void TakeAndOverlay_AnyCourse_LoseNoRow()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        // Each step rolls back some rows and then computes some.
        Gen.Select(Gen.Int[0, 60], Gen.OneOf(Gen.Int[1, 3], Gen.Int[30, 150])).Array[1, 60].Sample(steps =>
        {
            using var slot = PageBuffer.Reserve(s_bytes);
            using var tail = new KvWriteBuffer();
            var (file, truth) = (new byte[s_bytes], new byte[s_bytes]);
            var (held, stamp) = (0, (byte)0);
            foreach (var (back, count) in steps)
            {
                var first = Math.Max(0, held - back);
                held = Math.Min(Rows, first + count);
                // The slot is filled with the rows before the new ones, and the new rows are added.
                Marshal.Copy(file, 0, slot.Address, s_bytes);
                tail.Overlay(slot.Address, 0, PageBuffer.RoundUp(first * RowBytes));
                for (var at = first * RowBytes; at < held * RowBytes; at++)
                {
                    truth[at] = ++stamp;
                    Marshal.WriteByte(slot.Address, at, stamp);
                }
                var (begin, end) = tail.Add(slot.Address, first * RowBytes, held * RowBytes);
                Marshal.Copy(slot.Address + (nint)begin, file, (int)begin, (int)(end - begin));
                var seen = new byte[s_bytes];
                Marshal.Copy(slot.Address, seen, 0, s_bytes);
                if (!truth.AsSpan(0, held * RowBytes).SequenceEqual(seen.AsSpan(0, held * RowBytes)))
                    return false;
            }
            return true;
        }, iter: LongTests.Draws(200));
    }

    [Fact]
    public void Take_TokenByToken_WritesFarLessThanAPageEach()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        using var slot = PageBuffer.Reserve(s_bytes);
        using var tail = new KvWriteBuffer();
        long written = 0;
        for (var row = 0; row < Rows; row++)
        {
            var (begin, end) = tail.Add(slot.Address, row * RowBytes, (row + 1) * RowBytes);
            written += end - begin;
        }
        Assert.InRange(written, 1, 2 * Rows * RowBytes);
    }
}
