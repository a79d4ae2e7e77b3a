using System.Text.RegularExpressions;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>The error of counters that the system advances in steps: Linux counts the CPU time of a process in ticks of 10 ms, separately
/// for user and kernel time, and the time in which a disk was busy in ticks of up to 10 ms.</summary>
internal static partial class CounterResolution
{
    /// <summary>One tick.</summary>
    public const double TickSeconds = 0.01;

    // In a shorter time one tick more or less is over a tenth of a core, and none may have passed for a core that was busy.
    private const int MinTicks = 10;

    /// <summary>The shortest time in which the growth of a counter is known; zero for counters without steps.</summary>
    public static TimeSpan MinCoveredTime(string column) =>
        SteppingColumn().IsMatch(column) ? TimeSpan.FromSeconds(MinTicks * TickSeconds) : TimeSpan.Zero;

    /// <summary>Seconds by which the growth of the server's CPU time in a phase may be too large.</summary>
    public static double MaxErrorSeconds(PhaseTelemetry phase) => 2 * TickSeconds * Math.Max(1, phase.Gauge("server_processes")?.Peak ?? 1);

    [GeneratedRegex(@"^((server|host|engine)_cpu(_[a-z]+)?|cpu\d+_busy|disk_.+_busy)_seconds_total$")]
    private static partial Regex SteppingColumn();
}
