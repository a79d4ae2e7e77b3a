using System.Diagnostics;
using System.Globalization;
using MemoryWall.Core.Time;
using MemoryWall.Machine;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Measures the cost of the sampler: CPU of one core at 10 and 100 Hz, allocations per sample, and the time between the readings of one
/// row. The alternative is the usual way to read a few of the same sources: File.ReadAllText of the kernel's tables and
/// System.Diagnostics.Process. Option: seconds for each rate (default 10).
/// </summary>
internal static class SamplerBenchmark
{
    private static readonly string[] s_tables = ["/proc/stat", "/proc/meminfo", "/proc/vmstat", "/proc/diskstats", "/proc/pressure/memory",
        "/proc/self/io", "/proc/self/status"];

    public static Task<IReadOnlyList<Measured>> RunAsync(string[] args)
    {
        var seconds = args.Length > 0 ? double.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 10;
        var costs = new[] { 10, 100 }.Select(hertz => Cost(hertz, TimeSpan.FromSeconds(seconds))).ToList();
        var (plain, bytes) = Plain(TimeSpan.FromSeconds(seconds));
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"the usual way, {s_tables.Count(File.Exists)} tables and a process without taking them apart: {plain:0} µs a sample, "
                + $"{bytes:0} B allocated"));
        return Task.FromResult<IReadOnlyList<Measured>>(costs[0] is not { } cost ? [] :
        [
            new Measured("sampler: a sample of all sources at 10 Hz", FormattableString.Invariant($"{cost:0} µs CPU"),
                "File.ReadAllText of 7 tables and Process.Refresh", FormattableString.Invariant($"{plain:0} µs CPU"), cost / plain),
        ]);
    }

    private static (double Microseconds, double Bytes) Plain(TimeSpan duration)
    {
        using var self = Process.GetCurrentProcess();
        string[] tables = [.. s_tables.Where(File.Exists)];
        var (cpu, bytes, clock) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
        var (samples, length) = (0, 0L);
        // The alternative runs at the same rate: in a tight loop everything would be in the processor's caches.
        while (Stopwatch.GetElapsedTime(clock) < duration)
        {
            foreach (var table in tables)
                length += File.ReadAllText(table).Length;
            self.Refresh();
            length += self.WorkingSet64 + self.TotalProcessorTime.Ticks;
            samples++;
            Pause(TimeSpan.FromSeconds(0.1));
        }
        return length == 0
            ? default
            : ((Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / samples,
                (GC.GetTotalAllocatedBytes(precise: true) - bytes) / (double)samples);
    }

    /// <summary>Microseconds of the sampling thread per sample; null where the system does not report them.</summary>
    private static double? Cost(int hertz, TimeSpan duration)
    {
        using var sampler = Start(hertz);
        Pause(TimeSpan.FromSeconds(1));
        var before = (sampler.Statistics, Cpu: Environment.CpuUsage.TotalTime, Clock: Stopwatch.GetTimestamp(),
            Bytes: GC.GetTotalAllocatedBytes(precise: true));
        Pause(duration);
        var after = sampler.Statistics;
        var wall = Stopwatch.GetElapsedTime(before.Clock).TotalSeconds;
        var samples = after.Samples - before.Statistics.Samples;
        var thread = (after.CpuTime - before.Statistics.CpuTime)?.TotalSeconds;
        var read = sampler.Schema.IndexOf("sampler_read_seconds")!.Value;
        var spreads = sampler.Latest((int)Math.Min(samples, 1024)).Select(s => s[read]!.Value * 1e3).Order().ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{hertz,3} Hz: {samples} samples of {sampler.Schema.Columns.Count} columns, {after.Missed - before.Statistics.Missed} missed; "
            + $"sampling thread {100 * thread / wall:0.00}% of one core ({thread / samples * 1e6:0} µs a sample), whole process "
            + $"{100 * (Environment.CpuUsage.TotalTime - before.Cpu).TotalSeconds / wall:0.00}%; "
            + $"{(GC.GetTotalAllocatedBytes(precise: true) - before.Bytes) / (double)samples:0} B allocated a sample, all threads; one row "
            + $"read within {spreads[spreads.Length / 2]:0.00} ms (median), {spreads[(int)(spreads.Length * 0.95)]:0.00} ms (95%)"));
        return thread / samples * 1e6;
    }

    public static Sampler Start(int hertz, int? pid = null)
    {
        var sampler = MachineSampler.Start(RunClock.Start(), new SamplerOptions { Interval = TimeSpan.FromSeconds(1.0 / hertz) }, _ => { });
        _ = sampler.WatchProcess(pid ?? Environment.ProcessId);
        return sampler;
    }

    private static void Pause(TimeSpan duration)
    {
        using var never = new ManualResetEventSlim();
        never.Wait(duration);
    }
}
