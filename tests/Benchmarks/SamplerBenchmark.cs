using System.Diagnostics;
using MemoryWall.Telemetry;
using MemoryWall.Time;

namespace MemoryWall.Benchmarks;

/// <summary>
/// What watching costs: CPU of one core at 10 and 100 Hz, allocations a sample, and how far apart the readings of one row lie.
/// Option: seconds for each rate (default 10).
/// </summary>
internal static class SamplerBenchmark
{
    public static Task Run(string[] args)
    {
        var seconds = args.Length > 0 ? double.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 10;
        foreach (var hertz in new[] { 10, 100 })
            Cost(hertz, TimeSpan.FromSeconds(seconds));
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

    public static Sampler Start(int hertz, int? pid = null)
    {
        var sampler = Sampler.Start(RunClock.Start(), new SamplerOptions { Interval = TimeSpan.FromSeconds(1.0 / hertz) }, _ => { });
        _ = sampler.WatchProcess(pid ?? Environment.ProcessId);
        return sampler;
    }

    private static void Pause(TimeSpan duration)
    {
        using var never = new ManualResetEventSlim();
        never.Wait(duration);
    }
}
