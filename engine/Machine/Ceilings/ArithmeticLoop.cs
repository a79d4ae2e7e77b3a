using System.Numerics;
using System.Runtime.Intrinsics;

namespace MemoryWall.Machine.Ceilings;

/// <summary>Multiplies and adds 32-bit numbers in registers, in chains that do not wait for each other.</summary>
internal static class ArithmeticLoop
{
    // Latency (4) times units (2) of recent cores: eight chains keep both units busy; ten allow for longer latencies within 16
    // registers.
    private const int Chains = 10;
    private const int Rounds = 20_000;

    /// <summary>Floating-point operations of each pass; a multiply-add counts as two. With vectors of 512 bits where the processor has them
    /// at full speed.</summary>
    public static List<LoopPass> Run(int threads, int passes, TimeSpan budget, CancellationToken cancellation) =>
        LoopRunner.Run(threads, passes, budget, Vector512.IsHardwareAccelerated ? Step512 : Step, cancellation);

    private static double Step(int number)
    {
        var m = new Vector<float>(0.999f + number * 1e-9f);
        var p = new Vector<float>(0.001f);
        Vector<float> a = p, b = p, c = p, d = p, e = p, f = p, g = p, h = p, i = p, j = p;
        for (var round = 0; round < Rounds; round++)
        {
            a = Vector.FusedMultiplyAdd(a, m, p);
            b = Vector.FusedMultiplyAdd(b, m, p);
            c = Vector.FusedMultiplyAdd(c, m, p);
            d = Vector.FusedMultiplyAdd(d, m, p);
            e = Vector.FusedMultiplyAdd(e, m, p);
            f = Vector.FusedMultiplyAdd(f, m, p);
            g = Vector.FusedMultiplyAdd(g, m, p);
            h = Vector.FusedMultiplyAdd(h, m, p);
            i = Vector.FusedMultiplyAdd(i, m, p);
            j = Vector.FusedMultiplyAdd(j, m, p);
        }
        var sum = a + b + c + d + e + f + g + h + i + j;
        // The results are used, so that the compiler does not remove the chains. All values stay near 1.
        return sum[0] > 1e6f ? 0 : 2.0 * Chains * Rounds * Vector<float>.Count;
    }

    // The same with Vector512, which Vector<T> does not use by default.
    private static double Step512(int number)
    {
        var m = Vector512.Create(0.999f + number * 1e-9f);
        var p = Vector512.Create(0.001f);
        Vector512<float> a = p, b = p, c = p, d = p, e = p, f = p, g = p, h = p, i = p, j = p;
        for (var round = 0; round < Rounds; round++)
        {
            a = Vector512.FusedMultiplyAdd(a, m, p);
            b = Vector512.FusedMultiplyAdd(b, m, p);
            c = Vector512.FusedMultiplyAdd(c, m, p);
            d = Vector512.FusedMultiplyAdd(d, m, p);
            e = Vector512.FusedMultiplyAdd(e, m, p);
            f = Vector512.FusedMultiplyAdd(f, m, p);
            g = Vector512.FusedMultiplyAdd(g, m, p);
            h = Vector512.FusedMultiplyAdd(h, m, p);
            i = Vector512.FusedMultiplyAdd(i, m, p);
            j = Vector512.FusedMultiplyAdd(j, m, p);
        }
        var sum = a + b + c + d + e + f + g + h + i + j;
        // The results are used, so that the compiler does not remove the chains. All values stay near 1.
        return sum[0] > 1e6f ? 0 : 2.0 * Chains * Rounds * Vector512<float>.Count;
    }
}
