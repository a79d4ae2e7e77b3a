using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Facts;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Finds what limited a phase from its telemetry alone: the same readings give the same verdicts.</summary>
internal static class PhaseVerdicts
{
    /// <summary>
    /// The verdicts of a phase, the limit first. Faults and storage come before processors, since a machine that waits for pages looks
    /// busy; throttling and interference are reported in addition. There is no conclusion for a phase in which no process of the server was
    /// watched: the server may run on another machine.
    /// </summary>
    /// <param name="phase">The phase.</param>
    /// <param name="machine">The machine, for its cores.</param>
    /// <param name="mbu">MBU of the phase; null where unknown. A value above 1 does not indicate a limit: memory is not that
    /// fast.</param>
    /// <param name="mfu">MFU of the phase; null where unknown; above 1 as for MBU.</param>
    /// <param name="thresholds">The thresholds; null for the defaults.</param>
    public static IReadOnlyList<PhaseVerdict> Evaluate(PhaseTelemetry phase, MachineFacts machine, double? mbu = null, double? mfu = null,
        PhaseRules? thresholds = null)
    {
        var lines = thresholds ?? new PhaseRules();
        if (phase.Samples < lines.MinSamples || phase.Coverage < lines.MinCoverage)
        {
            return [new PhaseVerdict(PhaseFinding.TooFewSamples,
                [new Evidence(EvidenceQuantity.Samples, phase.Samples, lines.MinSamples),
                    new Evidence(EvidenceQuantity.Coverage, phase.Coverage, lines.MinCoverage)])];
        }
        if (!phase.HasServerProcesses)
            return [new PhaseVerdict(PhaseFinding.ServerNotWatched, [])];
        var waiting = WaitingVerdicts.Evaluate(phase, lines);
        var limit = waiting.Count > 0 ? waiting : [ProcessorVerdicts.Evaluate(phase, machine, mbu, mfu, lines)];
        return [.. limit, .. InterferenceVerdicts.FindThrottling(phase, lines),
            .. InterferenceVerdicts.FindInterference(phase, machine, lines)];
    }
}
