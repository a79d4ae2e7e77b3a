using System.Numerics;
using MemoryWall.Core.Facts;

namespace MemoryWall.Machine.Ceilings;

/// <summary>
/// Estimates the peak of this machine's processors with two short loops: bytes read from RAM in order by all threads, and 32-bit
/// multiply-adds in registers. They are the denominators of MBU and MFU (see <c>Utilization</c>).
/// </summary>
/// <remarks>
/// Both have limits. The arithmetic loop uses the widest vectors that the runtime reports as fast on this processor, and no instructions
/// for small types, so a library with int8 or bf16 kernels can exceed the ceiling. The memory loop only reads; mixed traffic is slower.
/// Passes in which other programs took CPU time do not count, and where all passes were so, there is no ceiling. On a throttled machine, or
/// where others use memory bandwidth, the ceiling is too low and utilisation too high; the spread between passes shows that. Only the
/// processors are measured, no accelerator.
/// </remarks>
internal static class CeilingBenchmark
{
    private const int PassCount = 5;

    /// <summary>The smallest share of the requested CPU time that the threads of a pass must get for it to count.</summary>
    internal const double MinCpuShare = 0.95;

    private const long MaxBufferBytes = 512L << 20;
    private const long MinBufferBytes = 64L << 20;
    private static readonly TimeSpan s_passDuration = TimeSpan.FromMilliseconds(120);

    /// <summary>Measures both, each within about a second. Run it when nothing else runs, before the target is started.</summary>
    /// <param name="machine">The machine: decides the number of threads and how large a buffer may be.</param>
    /// <param name="cancellation">Stops between two passes; what was not measured is null.</param>
    public static MachineCeilings Measure(MachineFacts machine, CancellationToken cancellation = default)
    {
        var threads = Math.Max(1, machine.AvailableCores ?? Environment.ProcessorCount);
        var notes = new List<string>();
        var bytes = ComputeBufferBytes(machine);
        var memory = bytes is null ? [] : MemoryLoop.Run(threads, bytes.Value, PassCount, s_passDuration, cancellation);
        if (bytes is null)
            notes.Add("too little free memory for a buffer larger than the caches: memory bandwidth was not measured");
        var arithmetic = ArithmeticLoop.Run(threads, PassCount, s_passDuration, cancellation);
        if (!Vector.IsHardwareAccelerated)
            notes.Add("the runtime has no vector instructions here: both figures are far below what the processor can do");
        return new MachineCeilings
        {
            Threads = threads,
            BufferBytes = bytes ?? 0,
            MemoryReadBytesPerSecond = MaxRate(memory, "memory", notes),
            F32FlopsPerSecond = MaxRate(arithmetic, "arithmetic", notes),
            MemorySpread = ComputeSpread(memory, "memory", notes),
            ArithmeticSpread = ComputeSpread(arithmetic, "arithmetic", notes),
            Notes = notes,
        };
    }

    // A pass whose threads shared the processors with others is slower than the machine can be, and a ceiling that is too low makes every
    // share of it too high.
    internal static double? MaxRate(IReadOnlyList<LoopPass> passes, string resource, List<string> notes)
    {
        var undisturbed = passes.Where(pass => pass.CpuShare >= MinCpuShare).Select(pass => pass.Rate).ToList();
        if (passes.Count > 0 && undisturbed.Count == 0)
        {
            var percent = 100 * passes.Max(pass => pass.CpuShare);
            notes.Add(FormattableString.Invariant(
                $"Peak {Describe(resource)} could not be measured: other programs left us {percent:0}% of the CPU."));
        }
        return undisturbed.Count == 0 ? null : undisturbed.Max();
    }

    // At most a quarter of the free memory, so that the measurement does not make the machine swap.
    private static long? ComputeBufferBytes(MachineFacts machine)
    {
        var free = Math.Min(machine.MemoryAvailableBytes ?? MaxBufferBytes, machine.MemoryLimitBytes ?? long.MaxValue) / 4;
        var bytes = Math.Min(MaxBufferBytes, free);
        return bytes < MinBufferBytes ? null : bytes;
    }

    private static string Describe(string resource) => resource == "memory" ? "memory bandwidth" : "arithmetic throughput";

    private static double? ComputeSpread(List<LoopPass> passes, string resource, List<string> notes)
    {
        if (passes.Count < 2)
            return null;
        var spread = passes.Max(pass => pass.Rate) / passes.Min(pass => pass.Rate);
        if (spread > 1.2)
            notes.Add(
                FormattableString.Invariant(
                    $"the {resource} passes differ by a factor of {spread:0.00}: the machine was not quiet, the ceiling may be too low"));
        return spread;
    }
}
