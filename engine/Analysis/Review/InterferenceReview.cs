using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>Whether other work on the machine, the hypervisor or throttling disturbed prefill or generation, by the machine's
/// telemetry.</summary>
internal static class InterferenceReview
{
    /// <summary>The doubt about a trial; null where it was not watched, or nothing disturbed it.</summary>
    public static Interference? Review(Trial trial, Run? run, PhaseRules rules)
    {
        if (run is null || TimelineLookup.Find(run, trial) is not { } timeline)
            return null;
        var phases = PhaseWindow.FromTrial(trial).Where(window => window.Phase is Phase.Prefill or Phase.Generation)
            .Select(window => new DisturbedPhase(window.Phase,
                [.. PhaseVerdicts.Evaluate(PhaseTelemetry.Join(timeline, window), run.Manifest.Machine, thresholds: rules)
                    .Where(verdict => verdict.Limit is PhaseLimit.Interference or PhaseLimit.Throttling)
                    .SelectMany(verdict => verdict.Evidence)]))
            .Where(phase => phase.Readings.Count > 0).ToList();
        return phases.Count > 0 ? new Interference(phases) : null;
    }
}
