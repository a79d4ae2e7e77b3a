using MemoryWall.Facts;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Whether a phase was disturbed: slowed down for heat or power, or by other work.</summary>
internal static class DisturbanceVerdicts
{
    // nvml.h: hardware slowdown, software thermal, hardware thermal, power brake. A power cap alone (4) is how large devices always run.
    private const int ThrottleBits = 8 | 32 | 64 | 128;

    public static IEnumerable<PhaseVerdict> Throttled(PhaseTelemetry phase, VerdictThresholds lines)
    {
        var evidence = new List<Evidence>();
        if (phase.Rate("host_cpu_throttle_events_total") is { } events && events >= lines.ThrottleEventsPerSecond)
            evidence.Add(new Evidence("processor throttle events", events, "/s", lines.ThrottleEventsPerSecond));
        foreach (var column in phase.Schema.Columns.Where(c => c.Name.EndsWith("_throttle_bits", StringComparison.Ordinal)))
        {
            if (phase.Gauge(column.Name) is { } bits && ((int)bits.Peak & ThrottleBits) != 0)
                evidence.Add(new Evidence(column.Name, bits.Peak, "", null));
        }
        if (evidence.Count > 0)
            yield return new PhaseVerdict(PhaseLimit.Throttling, "Slowed down because of heat or power.", evidence);
    }

    public static IEnumerable<PhaseVerdict> Neighbours(PhaseTelemetry phase, MachineFacts machine, VerdictThresholds lines)
    {
        if (machine.LogicalCores is not > 0)
            yield break;
        var evidence = new List<Evidence>();
        // Counters of CPU time move in steps: over a short phase a step or two would look like a neighbour, so what they may be off by is taken off.
        var step = phase.Counter("host_cpu_busy_seconds_total") is { } counter ? CpuSteps.Tick * (1 + machine.LogicalCores.Value) / counter.Covered.TotalSeconds : 0;
        // Without the server's own use, its work would count as a neighbour's.
        var others = phase.Rate("host_cpu_busy_seconds_total") - phase.Rate("server_cpu_user_seconds_total") - phase.Rate("server_cpu_system_seconds_total")
            - phase.Rate("engine_cpu_seconds_total");
        if ((others - step) / machine.LogicalCores is { } share && share >= lines.NeighbourCores)
            evidence.Add(new Evidence("share of the processors that others used, at least", share, "", lines.NeighbourCores));
        if ((phase.Rate("host_cpu_steal_seconds_total") - step) / machine.LogicalCores is { } steal && steal >= lines.Steal)
            evidence.Add(new Evidence("share of the processors that the hypervisor took away, at least", steal, "", lines.Steal));
        if (evidence.Count > 0)
            yield return new PhaseVerdict(PhaseLimit.Neighbour, "Disturbed by other work on the machine.", evidence);
    }
}
