using System.Diagnostics;
using System.Globalization;
using MemoryWall.Machine;
using MemoryWall.Machine.Ceilings;

namespace MemoryWall.Benchmarks;

/// <summary>Measures the machine's ceilings several times, to see how much they vary.</summary>
internal static class CeilingsBenchmark
{
    private const int Times = 5;

    public static Task Run(string[] args)
    {
        var machine = MachineReader.Read();
        var memory = new List<double>();
        var arithmetic = new List<double>();
        for (var i = 0; i < Times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var ceilings = CeilingBenchmark.Measure(machine);
            memory.Add(ceilings.MemoryReadBytesPerSecond ?? 0);
            arithmetic.Add(ceilings.F32FlopsPerSecond ?? 0);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{ceilings.Threads} threads, {ceilings.BufferBytes >> 20} MiB: {ceilings.MemoryReadBytesPerSecond / 1e9:0.0} GB/s (passes "
                + $"{ceilings.MemorySpread:0.00}×), {ceilings.F32FlopsPerSecond / 1e9:0} GFLOP/s f32 (passes "
                + $"{ceilings.ArithmeticSpread:0.00}×), took {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s"));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"highest over lowest of {Times} measurements: memory {memory.Max() / memory.Min():0.00}, arithmetic "
            + $"{arithmetic.Max() / arithmetic.Min():0.00}"));
        return Task.CompletedTask;
    }
}
