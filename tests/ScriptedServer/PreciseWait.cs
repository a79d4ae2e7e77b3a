using System.Diagnostics;

namespace MemoryWall.ScriptedServer;

/// <summary>Waits until a point in time. It sleeps first and spins for the last two milliseconds, because timers wake up late.</summary>
internal static class PreciseWait
{
    private static readonly TimeSpan s_spin = TimeSpan.FromMilliseconds(2);

    public static void Until(long timestamp, CancellationToken cancellation)
    {
        while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), timestamp) is var left && left > TimeSpan.Zero)
        {
            if (left > s_spin)
                cancellation.WaitHandle.WaitOne(left - s_spin);
            else
                Thread.SpinWait(20);
            if (cancellation.IsCancellationRequested)
                return;
        }
    }
}
