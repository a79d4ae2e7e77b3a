using MemoryWall.Core.Facts;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Says what limited a phase, from its telemetry alone. Pure: the same readings give the same verdicts.</summary>
internal static class PhaseVerdicts
{
    /// <summary>
    /// The verdicts of a phase, the limit first. Faults and storage come before processors, since a machine that waits for pages looks
    /// busy; throttling and neighbours stand beside the limit. Of a phase in which no process of the server was watched nothing is said: it
    /// may have run on another machine.
    /// </summary>
    /// <param name="phase">The phase.</param>
    /// <param name="machine">The machine, for its cores.</param>
    /// <param name="mbu">MBU of the phase; null where not known. Above 1 it is no sign of a limit: memory itself does not give that
    /// much.</param>
    /// <param name="mfu">MFU of the phase; null where not known; above 1 as for MBU.</param>
    /// <param name="thresholds">Where the lines are; null for the defaults.</param>
    public static IReadOnlyList<PhaseVerdict> Evaluate(PhaseTelemetry phase, MachineFacts machine, double? mbu = null, double? mfu = null,
        VerdictThresholds? thresholds = null)
    {
        var lines = thresholds ?? new VerdictThresholds();
        if (phase.Samples < lines.MinSamples || phase.Coverage < lines.MinCoverage)
        {
            return [new PhaseVerdict(PhaseLimit.Unclear, "The phase is too short for the sampling rate: its samples do not tell.",
                [new Evidence("samples inside", phase.Samples, "", lines.MinSamples),
                    new Evidence("coverage", phase.Coverage, "", lines.MinCoverage)])];
        }
        if (!phase.HasServerProcesses)
            return [new PhaseVerdict(PhaseLimit.Unclear,
                "The server's processes were not watched: what this machine did does not tell what it did.", [])];
        var waiting = WaitingVerdicts.Evaluate(phase, lines);
        var limit = waiting.Count > 0 ? waiting : [ProcessorVerdicts.Evaluate(phase, machine, mbu, mfu, lines)];
        return [.. limit, .. InterferenceVerdicts.FindThrottling(phase, lines),
            .. InterferenceVerdicts.FindInterference(phase, machine, lines)];
    }

    /// <summary>
    /// <see cref="TrialFlags.Interference"/> where other work, steal or throttling disturbed prefill or generation; none else. A flag to be
    /// added to the trial's own on reading: what is stored stays as it was seen.
    /// </summary>
    public static TrialFlags ComputeFlags(Trial trial, TelemetryTimeline timeline, MachineFacts machine,
        VerdictThresholds? thresholds = null)
    {
        var disturbed = PhaseWindow.FromTrial(trial).Where(w => w.Phase is Phase.Prefill or Phase.Generation)
            .SelectMany(w => Evaluate(PhaseTelemetry.Join(timeline, w), machine, thresholds: thresholds))
            .Any(v => v.Limit is PhaseLimit.Interference or PhaseLimit.Throttling);
        return disturbed ? TrialFlags.Interference : TrialFlags.None;
    }
}
