using MemoryWall.Facts;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>What the machine did during one phase of a trial, and what limited it.</summary>
/// <param name="Trial">The trial's number.</param>
/// <param name="ContextTokens">Its context.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Verdicts">What limited it, the limit first; each with its readings.</param>
/// <param name="Mbu">Part of the machine's memory bandwidth that generation used, 1 being the measured ceiling; absent where not known.</param>
/// <param name="Mfu">Part of the machine's arithmetic that prefill used; absent where not known.</param>
/// <param name="NetJoulesPerToken">Energy above idle for each token of the phase; absent where no power was read.</param>
public sealed record TrialPhase(
    int Trial, int ContextTokens, Phase Phase, IReadOnlyList<PhaseVerdict> Verdicts, double? Mbu, double? Mfu, double? NetJoulesPerToken);

/// <summary>Joins trials with the timelines of the run on its clock.</summary>
public static class TrialTelemetry
{
    /// <summary>Prefill and generation of each measured trial that was watched, in the order run.</summary>
    public static IReadOnlyList<TrialPhase> Phases(Run run) =>
        [.. from trial in run.Trials
            where !trial.Flags.HasFlag(TrialFlags.Warmup)
            let timeline = TimelineOf(run, trial)
            where timeline is not null
            from window in PhaseWindow.Of(trial)
            where window.Phase is Phase.Prefill or Phase.Generation
            select Of(run, trial, timeline, window)];

    /// <summary>The trials, with <see cref="TrialFlags.Disturbed"/> added to those whose phases were disturbed by other work, steal or throttling.</summary>
    public static IReadOnlyList<Trial> Flag(Run run) =>
        [.. run.Trials.Select(trial => TimelineOf(run, trial) is { } timeline
            ? trial with { Flags = trial.Flags | PhaseVerdicts.Flags(trial, timeline, run.Manifest.Machine) }
            : trial)];

    private static TrialPhase Of(Run run, Trial trial, TelemetryTimeline timeline, PhaseWindow window)
    {
        var telemetry = PhaseTelemetry.Of(timeline, window);
        var isPrefill = window.Phase == Phase.Prefill;
        var (shape, ceilings) = (run.Manifest.Target.Shape, run.Manifest.Ceilings);
        var generation = PhaseTime.Generation(trial);
        var perToken = trial.OutputTokens > 1 && generation is { } took ? took.Took / (trial.OutputTokens.Value - 1) : (TimeSpan?)null;
        // Each token reads the keys and values of all before it.
        var mbu = isPrefill ? null : Utilization.Mbu(shape?.TouchedWeightBytes + TrialView.Of(trial).KvBytesInUse, perToken, ceilings);
        var mfu = isPrefill && trial.Method != SweepMethod.Sampled ? Utilization.Mfu(shape, trial.CountedPromptTokens ?? 0, PhaseTime.Prefill(trial)?.Took, ceilings) : null;
        var tokens = isPrefill ? TokensOfPrefill(trial) : trial.OutputTokens - 1;
        return new TrialPhase(
            trial.Number, trial.ContextTokens, window.Phase, PhaseVerdicts.Of(telemetry, run.Manifest.Machine, mbu, mfu), mbu, mfu,
            PhaseEnergy.Of(telemetry, Idle(timeline, trial))?.NetJoulesPerToken(tokens));
    }

    // The window of a depth pass holds what this context adds to the one before, which the trial alone does not tell.
    private static int? TokensOfPrefill(Trial trial) => trial.Method == SweepMethod.Depth ? null : trial.CountedPromptTokens - (trial.JumpedPromptTokens ?? 0);

    // The machine before the first load: nothing of the run goes on there.
    private static PhaseTelemetry? Idle(TelemetryTimeline timeline, Trial trial) =>
        timeline.Samples.Count > 0 && trial.Client.LoadStarted is { } load && load.CompareTo(timeline.Samples[0].At) > 0
            ? PhaseTelemetry.Of(timeline, new PhaseWindow(Phase.Queue, timeline.Samples[0].At, load, IsComplete: true))
            : null;

    private static TelemetryTimeline? TimelineOf(Run run, Trial trial) => trial.Client.Sent is not { } sent
        ? null
        : run.Telemetry.LastOrDefault(timeline => timeline.Samples.Count > 0 && timeline.Samples[0].At.CompareTo(sent) <= 0);
}
