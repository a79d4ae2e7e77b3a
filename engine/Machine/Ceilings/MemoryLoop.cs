using System.Numerics;
using System.Runtime.InteropServices;

namespace MemoryWall.Machine.Ceilings;

/// <summary>Reads buffers much larger than the caches, in order, one buffer a thread.</summary>
internal static unsafe class MemoryLoop
{
    // Small enough that a pass ends near its budget, large enough that the clock costs nothing.
    private const long StepBytes = 4 << 20;

    private static readonly object s_sink = new();

    /// <summary>Bytes of each pass; empty where the memory could not be allocated.</summary>
    public static List<LoopPass> Run(int threads, long bytes, int passes, TimeSpan budget, CancellationToken cancellation)
    {
        var own = bytes / threads / StepBytes * StepBytes;
        if (own < StepBytes)
            own = StepBytes;
        var buffers = new nint[threads];
        var next = new long[threads];
        try
        {
            for (var i = 0; i < threads; i++)
            {
                buffers[i] = (nint)NativeMemory.AlignedAlloc((nuint)own, 64);
                // Pages that were never written all map one page of zeros.
                NativeMemory.Fill((void*)buffers[i], (nuint)own, 1);
            }
            return LoopRunner.Run(threads, passes, budget, number => Step(buffers, next, number, own), cancellation);
        }
        catch (OutOfMemoryException)
        {
            return [];
        }
        finally
        {
            foreach (var buffer in buffers)
                NativeMemory.AlignedFree((void*)buffer);
        }
    }

    private static double Step(nint[] buffers, long[] next, int number, long own)
    {
        var at = next[number];
        next[number] = (at + StepBytes) % own;
        Read(new ReadOnlySpan<byte>((byte*)buffers[number] + at, (int)StepBytes));
        return StepBytes;
    }

    private static void Read(ReadOnlySpan<byte> bytes)
    {
        var vectors = MemoryMarshal.Cast<byte, Vector<ulong>>(bytes);
        Vector<ulong> a = default, b = default, c = default, d = default;
        for (var i = 0; i + 3 < vectors.Length; i += 4)
        {
            a |= vectors[i];
            b |= vectors[i + 1];
            c |= vectors[i + 2];
            d |= vectors[i + 3];
        }
        // The sum is used, so that the compiler does not remove the reads.
        if ((a | b | c | d)[0] == ulong.MaxValue)
            GC.KeepAlive(s_sink);
    }
}
