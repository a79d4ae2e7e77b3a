using System.Diagnostics;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Ceilings;

/// <summary>One pass of a loop.</summary>
/// <param name="Rate">Work per second of all threads.</param>
/// <param name="CpuShare">CPU time that the threads got, as a share of the requested time; 1 where nothing else ran, and where the system
/// does not report it.</param>
internal readonly record struct LoopPass(double Rate, double CpuShare);

/// <summary>Runs a loop on several threads at once, several times, and measures the rate of each pass.</summary>
internal static class LoopRunner
{
    /// <param name="threads">How many threads.</param>
    /// <param name="passes">How many passes at most.</param>
    /// <param name="budget">The duration of one pass.</param>
    /// <param name="step">One step of one thread, by its number; returns the work done in it.</param>
    /// <param name="cancellation">Stops between two passes.</param>
    /// <returns>One entry for each pass.</returns>
    public static List<LoopPass> Run(int threads, int passes, TimeSpan budget, Func<int, double> step, CancellationToken cancellation)
    {
        var rates = new List<LoopPass>();
        using var begin = new Barrier(threads + 1);
        using var end = new Barrier(threads + 1);
        var work = new double[threads];
        var cpu = new double[threads];
        long started = 0;
        var stop = false;
        var workers = Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            while (true)
            {
                begin.SignalAndWait(CancellationToken.None);
                if (Volatile.Read(ref stop))
                    return;
                double own = 0;
                var before = ThreadClock.CpuNanoseconds();
                do
                    own += step(number);
                while (Stopwatch.GetElapsedTime(Volatile.Read(ref started)) < budget);
                work[number] = own;
                cpu[number] = (ThreadClock.CpuNanoseconds() - before) / 1e9 ?? double.NaN;
                end.SignalAndWait(CancellationToken.None);
            }
        })
        { IsBackground = true, Name = "ceiling" }).ToList();
        workers.ForEach(w => w.Start());
        for (var i = 0; i <= passes && !cancellation.IsCancellationRequested; i++)
        {
            Volatile.Write(ref started, Stopwatch.GetTimestamp());
            begin.SignalAndWait(CancellationToken.None);
            end.SignalAndWait(CancellationToken.None);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var used = cpu.Sum();
            // The first pass compiles the loop and touches its memory.
            if (i > 0)
                rates.Add(new LoopPass(work.Sum() / seconds, double.IsNaN(used) ? 1 : used / (threads * seconds)));
        }
        Volatile.Write(ref stop, true);
        begin.SignalAndWait(CancellationToken.None);
        workers.ForEach(w => w.Join());
        return rates;
    }
}
