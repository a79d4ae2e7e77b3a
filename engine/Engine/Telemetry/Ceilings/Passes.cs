using System.Diagnostics;

namespace MemoryWall.Telemetry.Ceilings;

/// <summary>Runs a loop on several threads at once, several times, and tells the rate of each pass.</summary>
internal static class Passes
{
    /// <param name="threads">How many threads.</param>
    /// <param name="passes">How many passes at most.</param>
    /// <param name="budget">How long one pass goes on.</param>
    /// <param name="step">One step of one thread, by its number; returns the work done in it.</param>
    /// <param name="cancellation">Stops between two passes.</param>
    /// <returns>Work per second, one entry a pass.</returns>
    public static List<double> Run(int threads, int passes, TimeSpan budget, Func<int, double> step, CancellationToken cancellation)
    {
        var rates = new List<double>();
        using var begin = new Barrier(threads + 1);
        using var end = new Barrier(threads + 1);
        var work = new double[threads];
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
                do
                    own += step(number);
                while (Stopwatch.GetElapsedTime(Volatile.Read(ref started)) < budget);
                work[number] = own;
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
            // The first pass compiles the loop and touches its memory.
            if (i > 0)
                rates.Add(work.Sum() / seconds);
        }
        Volatile.Write(ref stop, true);
        begin.SignalAndWait(CancellationToken.None);
        workers.ForEach(w => w.Join());
        return rates;
    }
}
