using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Facts;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Whether throttling or other work on the machine disturbed a phase.</summary>
internal static class InterferenceVerdicts
{
    // nvml.h: hardware slowdown, software thermal, hardware thermal, power brake. Large devices always run
    // with a power cap (4), so it does not count.
    private const int ThrottleBits = 8 | 32 | 64 | 128;

    public static IEnumerable<PhaseVerdict> FindThrottling(PhaseTelemetry phase, PhaseRules thresholds)
    {
        var evidence = new List<Evidence>();
        if (phase.Rate("host_cpu_throttle_events_total") is { } events && events >= thresholds.ThrottleEventsPerSecond)
            evidence.Add(new Evidence(EvidenceQuantity.ThrottleEvents, events, thresholds.ThrottleEventsPerSecond));
        foreach (var column in AcceleratorCheck.Columns(phase.Schema, "_throttle_bits"))
        {
            if (phase.Gauge(column) is { } bits && ((long)bits.Peak & ThrottleBits) != 0)
                evidence.Add(new Evidence(EvidenceQuantity.ThrottleBits, bits.Peak, source: column));
        }
        if (evidence.Count > 0)
            yield return new PhaseVerdict(PhaseFinding.Throttled, evidence);
    }

    public static IEnumerable<PhaseVerdict> FindInterference(PhaseTelemetry phase, MachineFacts machine, PhaseRules thresholds)
    {
        if (machine.LogicalCores is not > 0)
            yield break;
        var evidence = new List<Evidence>();
        // Counters of CPU time move in steps: in a short phase a step or two would look like other work, so the largest error is
        // subtracted.
        var step = phase.Counter("host_cpu_busy_seconds_total") is { } counter
            ? CounterResolution.TickSeconds * (1 + machine.LogicalCores.Value) / counter.CoveredTime.TotalSeconds
            : 0;
        // Without the server's own use its work would count as other work, so the difference is unknown then.
        var others = phase.Rate("host_cpu_busy_seconds_total") - phase.Rate("server_cpu_user_seconds_total")
            - phase.Rate("server_cpu_system_seconds_total")
            - phase.Rate("engine_cpu_seconds_total");
        if ((others - step) / machine.LogicalCores is { } share && share >= thresholds.InterferenceCoreShare)
            evidence.Add(new Evidence(EvidenceQuantity.OtherPrograms, share, thresholds.InterferenceCoreShare));
        if ((phase.Rate("host_cpu_steal_seconds_total") - step) / machine.LogicalCores is { } steal && steal >= thresholds.StealShare)
            evidence.Add(new Evidence(EvidenceQuantity.Steal, steal, thresholds.StealShare));
        if (evidence.Count > 0)
            yield return new PhaseVerdict(PhaseFinding.OtherWork, evidence);
    }
}
