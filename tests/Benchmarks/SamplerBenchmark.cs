using System.Diagnostics;
using MemoryWall.Telemetry;
using MemoryWall.Time;

namespace MemoryWall.Benchmarks;

/// <summary>
/// What watching costs: CPU of one core at 10 and 100 Hz, allocations a sample, and the throughput of a load on all cores with the sampler on
/// against off, in interleaved pairs.
/// </summary>
internal static class SamplerBenchmark
{
    private const int Pairs = 20;
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(500);

    /// <param name="args">Seconds for each rate; default 10.</param>
    public static Task Run(string[] args)
    {
        var seconds = args.Length > 0 ? double.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 10;
        foreach (var hertz in new[] { 10, 100 })
            Cost(hertz, TimeSpan.FromSeconds(seconds));
        Disturbance(10);
        Disturbance(100);
        return Task.CompletedTask;
    }

    private static void Cost(int hertz, TimeSpan duration)
    {
        using var sampler = Start(hertz);
        Pause(TimeSpan.FromSeconds(1));
        var before = (sampler.Statistics, Cpu: Environment.CpuUsage.TotalTime, Clock: Stopwatch.GetTimestamp(), Bytes: GC.GetTotalAllocatedBytes(precise: true));
        Pause(duration);
        var after = sampler.Statistics;
        var wall = Stopwatch.GetElapsedTime(before.Clock).TotalSeconds;
        var samples = after.Samples - before.Statistics.Samples;
        var thread = (after.CpuTime - before.Statistics.CpuTime)?.TotalSeconds;
        var read = sampler.Schema.Find("sampler_read_seconds")!.Value;
        var spreads = sampler.Latest((int)Math.Min(samples, 1024)).Select(s => s[read]!.Value * 1e3).Order().ToArray();
        Console.WriteLine(FormattableString.Invariant(
            $"{hertz,3} Hz: {samples} samples of {sampler.Schema.Columns.Count} columns, {after.Missed - before.Statistics.Missed} missed; sampling thread {100 * thread / wall:0.00}% of one core ({thread / samples * 1e6:0} µs a sample), whole process {100 * (Environment.CpuUsage.TotalTime - before.Cpu).TotalSeconds / wall:0.00}%; {(GC.GetTotalAllocatedBytes(precise: true) - before.Bytes) / (double)samples:0} B allocated a sample, all threads; one row read within {spreads[spreads.Length / 2]:0.00} ms (median), {spreads[(int)(spreads.Length * 0.95)]:0.00} ms (95%)"));
    }

    private static void Disturbance(int hertz)
    {
        // Once for nothing: code is compiled and buffers are touched.
        Watched(hertz);
        var ratios = new List<double>();
        for (var i = 0; i < Pairs; i++)
        {
            // The order within a pair alternates, so that drift does not look like an effect.
            var on = 0.0;
            if (i % 2 == 0)
                on = Watched(hertz);
            var off = Load(Window);
            if (i % 2 == 1)
                on = Watched(hertz);
            ratios.Add(on / off);
        }
        ratios.Sort();
        Console.WriteLine(FormattableString.Invariant(
            $"{hertz,3} Hz: throughput of a load on {Environment.ProcessorCount} threads, sampler on over off: median {(ratios[Pairs / 2 - 1] + ratios[Pairs / 2]) / 2:0.0000}, range {ratios[0]:0.000} to {ratios[^1]:0.000} ({Pairs} pairs)"));
    }

    private static double Watched(int hertz)
    {
        using var sampler = Start(hertz);
        return Load(Window);
    }

    private static Sampler Start(int hertz)
    {
        var sampler = Sampler.Start(RunClock.Start(), new SamplerOptions { Interval = TimeSpan.FromSeconds(1.0 / hertz) }, _ => { });
        _ = sampler.WatchProcess(Environment.ProcessId);
        return sampler;
    }

    // Passes over 8 MiB a thread, counted.
    private static double Load(TimeSpan duration)
    {
        var start = Stopwatch.GetTimestamp();
        long passes = 0;
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            var buffer = new float[2 << 20];
            long own = 0;
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                GC.KeepAlive(System.Numerics.Vector.Sum(Sum(buffer)));
                own++;
            }
            Interlocked.Add(ref passes, own);
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return passes / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static System.Numerics.Vector<float> Sum(ReadOnlySpan<float> buffer)
    {
        var sum = System.Numerics.Vector<float>.Zero;
        foreach (var vector in System.Runtime.InteropServices.MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(buffer))
            sum += vector;
        return sum;
    }

    private static void Pause(TimeSpan duration)
    {
        using var never = new ManualResetEventSlim();
        never.Wait(duration);
    }
}
