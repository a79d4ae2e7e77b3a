namespace MemoryWall.Analysis.Telemetry;

/// <summary>How far counters of CPU time may be off: Linux counts a process' time in ticks of 10 ms, in programs and in the kernel each.</summary>
internal static class CpuSteps
{
    /// <summary>One tick.</summary>
    public const double Tick = 0.01;

    /// <summary>Seconds by which the growth of the server's CPU time in a phase may be too large.</summary>
    public static double Seconds(PhaseTelemetry phase) => 2 * Tick * Math.Max(1, phase.Gauge("server_processes")?.Peak ?? 1);
}
