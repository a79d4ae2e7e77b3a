using System.Numerics;
using MemoryWall.Core.Facts;

namespace MemoryWall.Machine.Ceilings;

/// <summary>
/// Measures what this machine's processors can do at most, as far as two short loops can tell: bytes read from RAM in order by all threads,
/// and 32-bit multiply-adds in registers. They stand under MBU and MFU (see <c>Utilization</c>).
/// </summary>
/// <remarks>
/// Read with care. The loop of arithmetic uses the widest vectors that the runtime calls fast on this processor, and no instructions for
/// small types, so a library with int8 or bf16 kernels can exceed the ceiling.
/// The memory loop reads only; mixed traffic reaches less. Passes in which other work took processors away do not count, and where all
/// were, there is no ceiling; on a throttled machine, or where others take bandwidth alone, it comes out low, and utilisation too high: the
/// spread between passes shows it. Only the processors are measured, no accelerator.
/// </remarks>
internal static class CeilingBenchmark
{
    private const int PassCount = 5;

    /// <summary>Least share of the CPU time asked for that the threads of a pass must have got for it to count.</summary>
    internal const double MinCpuShare = 0.95;

    private const long MaxBufferBytes = 512L << 20;
    private const long MinBufferBytes = 64L << 20;
    private static readonly TimeSpan s_passDuration = TimeSpan.FromMilliseconds(120);

    /// <summary>Measures both, each within about a second. To be run when nothing else runs, before the target is started.</summary>
    /// <param name="machine">The machine: decides the number of threads and how large a buffer may be.</param>
    /// <param name="cancellation">Stops between two passes; what was not measured is absent.</param>
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

    // A pass whose threads had to share the processors with others says less than the machine can do, and a ceiling that is too low makes
    // every share of it too high.
    internal static double? MaxRate(IReadOnlyList<LoopPass> passes, string resource, List<string> notes)
    {
        var undisturbed = passes.Where(pass => pass.CpuShare >= MinCpuShare).Select(pass => pass.Rate).ToList();
        if (passes.Count > 0 && undisturbed.Count == 0)
            notes.Add(
                FormattableString.Invariant(
                    $"other work took processors away in every pass (at best {100 * passes.Max(pass => pass.CpuShare):0}% of the time asked for was got): there is no ceiling of {resource}"));
        return undisturbed.Count == 0 ? null : undisturbed.Max();
    }

    // A quarter of what is free at most, so that the machine is not driven into swap by being measured.
    private static long? ComputeBufferBytes(MachineFacts machine)
    {
        var free = Math.Min(machine.MemoryAvailableBytes ?? MaxBufferBytes, machine.MemoryLimitBytes ?? long.MaxValue) / 4;
        var bytes = Math.Min(MaxBufferBytes, free);
        return bytes < MinBufferBytes ? null : bytes;
    }

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
