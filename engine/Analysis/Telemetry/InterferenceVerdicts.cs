using MemoryWall.Core.Facts;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Whether a phase was disturbed: slowed down for heat or power, or by other work.</summary>
internal static class InterferenceVerdicts
{
    // nvml.h: hardware slowdown, software thermal, hardware thermal, power brake. A power cap alone (4) is how large devices always run.
    private const int ThrottleBits = 8 | 32 | 64 | 128;

    public static IEnumerable<PhaseVerdict> FindThrottling(PhaseTelemetry phase, VerdictThresholds thresholds)
    {
        var evidence = new List<Evidence>();
        if (phase.Rate("host_cpu_throttle_events_total") is { } events && events >= thresholds.ThrottleEventsPerSecond)
            evidence.Add(new Evidence("processor throttle events", events, "/s", thresholds.ThrottleEventsPerSecond));
        foreach (var column in phase.Schema.Columns.Where(c => c.Name.EndsWith("_throttle_bits", StringComparison.Ordinal)))
        {
            if (phase.Gauge(column.Name) is { } bits && ((int)bits.Peak & ThrottleBits) != 0)
                evidence.Add(new Evidence(column.Name, bits.Peak, "", null));
        }
        if (evidence.Count > 0)
            yield return new PhaseVerdict(PhaseLimit.Throttling, "Slowed down because of heat or power.", evidence);
    }

    public static IEnumerable<PhaseVerdict> FindInterference(PhaseTelemetry phase, MachineFacts machine, VerdictThresholds thresholds)
    {
        if (machine.LogicalCores is not > 0)
            yield break;
        var evidence = new List<Evidence>();
        // Counters of CPU time move in steps: over a short phase a step or two would look like a neighbour, so what they may be off by is
        // taken off.
        var step = phase.Counter("host_cpu_busy_seconds_total") is { } counter
            ? CpuTimeResolution.TickSeconds * (1 + machine.LogicalCores.Value) / counter.CoveredTime.TotalSeconds
            : 0;
        // Without the server's own use, its work would count as a neighbour's.
        var others = phase.Rate("host_cpu_busy_seconds_total") - phase.Rate("server_cpu_user_seconds_total")
            - phase.Rate("server_cpu_system_seconds_total")
            - phase.Rate("engine_cpu_seconds_total");
        if ((others - step) / machine.LogicalCores is { } share && share >= thresholds.InterferenceCoreShare)
            evidence.Add(new Evidence("share of the processors that others used, at least", share, "", thresholds.InterferenceCoreShare));
        if ((phase.Rate("host_cpu_steal_seconds_total") - step) / machine.LogicalCores is { } steal && steal >= thresholds.StealShare)
            evidence.Add(new Evidence("share of the processors that the hypervisor took away, at least", steal, "", thresholds.StealShare));
        if (evidence.Count > 0)
            yield return new PhaseVerdict(PhaseLimit.Interference, "Disturbed by other work on the machine.", evidence);
    }
}
