namespace MemoryWall.Analysis.Telemetry;

/// <summary>The error of CPU time counters: Linux counts the time of a process in ticks of 10 ms, separately for user and
/// kernel time.</summary>
internal static class CpuTimeResolution
{
    /// <summary>One tick.</summary>
    public const double TickSeconds = 0.01;

    /// <summary>Seconds by which the growth of the server's CPU time in a phase may be too large.</summary>
    public static double MaxErrorSeconds(PhaseTelemetry phase) => 2 * TickSeconds * Math.Max(1, phase.Gauge("server_processes")?.Peak ?? 1);
}
