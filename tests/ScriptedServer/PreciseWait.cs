using System.Diagnostics;

namespace MemoryWall.ScriptedServer;

/// <summary>Waits until a point in time. It sleeps for whole milliseconds first and spins for what is left, because timers wake up
/// late: on Linux by some hundredths of a millisecond, elsewhere by more.</summary>
internal static class PreciseWait
{
    private static readonly TimeSpan s_late = TimeSpan.FromMilliseconds(OperatingSystem.IsLinux() ? 0.5 : 2);

    public static void Until(long timestamp, CancellationToken cancellation)
    {
        while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), timestamp) is var left && left > TimeSpan.Zero)
        {
            if ((int)(left - s_late).TotalMilliseconds is > 0 and var milliseconds)
                cancellation.WaitHandle.WaitOne(milliseconds);
            else
                Thread.SpinWait(20);
            if (cancellation.IsCancellationRequested)
                return;
        }
    }
}
