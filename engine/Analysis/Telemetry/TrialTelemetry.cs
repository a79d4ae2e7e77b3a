using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>What the machine did during one phase of a trial, and what limited it.</summary>
/// <param name="Trial">The trial's number.</param>
/// <param name="ContextTokens">Its context.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Verdicts">What limited it, the limit first; each with its readings.</param>
/// <param name="Mbu">
/// Part of the machine's memory bandwidth that generation used, 0 to 1, 1 being the measured ceiling. Absent where there is no rate or no
/// ceiling, where an accelerator took part, of streams at once, where the server's processes were not watched, and where it comes out above
/// 1: the bytes then come from the caches.
/// </param>
/// <param name="Mfu">Part of the machine's arithmetic that prefill used, 0 to 1; absent as for MBU, above 1 because the server's kernels do
/// more than the probe's loop.</param>
/// <param name="NetJoulesPerToken">Energy above idle for each token of the phase; absent where no power was read, where there is no rate,
/// of streams at once, and where the server's processes were not watched.</param>
public sealed record TrialPhase(
    int Trial, int ContextTokens, Phase Phase, IReadOnlyList<PhaseVerdict> Verdicts, double? Mbu, double? Mfu, double? NetJoulesPerToken);

/// <summary>Joins trials with the timelines of the run on its clock.</summary>
internal static class TrialTelemetry
{
    /// <summary>Prefill and generation of each measured trial that was watched, in the order run.</summary>
    public static IReadOnlyList<TrialPhase> Phases(Run run)
    {
        var idle = run.Telemetry.Select(timeline => FindIdle(run, timeline)).ToList();
        return
        [
            .. from trial in run.Trials
               where !trial.Flags.HasFlag(TrialFlags.Warmup)
               let stretch = FindTimeline(run, trial)
               where stretch >= 0
               from window in PhaseWindow.FromTrial(trial)
               where window.Phase is Phase.Prefill or Phase.Generation
               select Evaluate(run, trial, PhaseTelemetry.Join(run.Telemetry[stretch], window), idle[stretch]),
        ];
    }

    /// <summary>The trials, with <see cref="TrialFlags.Interference"/> added to those whose phases were disturbed by other work, steal or
    /// throttling.</summary>
    public static IReadOnlyList<Trial> FlagInterference(Run run) =>
        [.. run.Trials.Select(trial => FindTimeline(run, trial) is >= 0 and var stretch
            ? trial with { Flags = trial.Flags | PhaseVerdicts.ComputeFlags(trial, run.Telemetry[stretch], run.Manifest.Machine) }
            : trial)];

    private static TrialPhase Evaluate(Run run, Trial trial, PhaseTelemetry telemetry, PhaseTelemetry? idle)
    {
        var (view, shape) = (TrialView.Create(trial), run.Manifest.Target.Shape);
        var isPrefill = telemetry.Window.Phase == Phase.Prefill;
        // Of streams at once each has its own times, and all of them share the machine: what one of them used is not told.
        var isAlone = telemetry.HasServerProcesses && trial.Concurrency == 1;
        // The ceilings are those of this machine's processors: they say nothing of an accelerator.
        var ceilings = isAlone && run.Manifest.Plan.Options.GpuLayers is not > 0 && !AcceleratorCheck.WasUsed(trial, telemetry)
            ? run.Manifest.Ceilings
            : null;
        // Each token reads the keys and values of all before it.
        var mbu = isPrefill || view.GenerationRate is not { } rate
            ? null
            : Utilization.Mbu(shape?.ActiveWeightBytes + view.KvBytesInUse, TimeSpan.FromSeconds(1 / rate.PerSecond), ceilings);
        var mfu = isPrefill && view.PrefillRate is not null
            ? Utilization.Mfu(shape, trial.CountedPromptTokens ?? 0, view.Prefill?.Duration, ceilings)
            : null;
        var tokens = isPrefill ? PrefillTokens(view)
            : view.GenerationRate is null ? null : trial.OutputTokens - 1;
        return new TrialPhase(
            trial.Number, trial.ContextTokens, telemetry.Window.Phase, PhaseVerdicts.Evaluate(telemetry, run.Manifest.Machine, mbu, mfu),
            mbu <= 1 ? mbu : null, mfu <= 1 ? mfu : null,
            isAlone ? PhaseEnergy.Compute(telemetry, idle)?.NetJoulesPerToken(tokens) : null);
    }

    // The window of a depth pass holds what this context adds to the one before, which the trial alone does not tell. Without a rate it is
    // not known how many were computed.
    private static int? PrefillTokens(TrialView view) => view.Trial.Method switch
    {
        SweepMethod.IncrementalDepth => null,
        _ when view.PrefillRate is null && view.PrefillRateAtDepth is null => null,
        _ => view.Trial.CountedPromptTokens - (view.Trial.SkippedPromptTokens ?? 0),
    };

    // The machine before the first load that a stretch saw: nothing of the run goes on there.
    private static PhaseTelemetry? FindIdle(Run run, TelemetryTimeline timeline)
    {
        if (timeline.Samples.Count == 0)
            return null;
        var (first, last) = (timeline.Samples[0].At, timeline.Samples[^1].At);
        var begun = run.Trials.Select(trial => trial.Client.LoadStarted ?? trial.Client.Sent).OfType<Instant>()
            .Where(at => at.CompareTo(first) > 0 && at.CompareTo(last) < 0).Order().ToList();
        return begun.Count == 0 ? null : PhaseTelemetry.Join(timeline, new PhaseWindow(Phase.Queue, first, begun[0], IsComplete: true));
    }

    // The last that began before it; -1 where none did.
    private static int FindTimeline(Run run, Trial trial) => trial.Client.Sent is not { } sent
        ? -1
        : run.Telemetry.ToList().FindLastIndex(timeline => timeline.Samples.Count > 0 && timeline.Samples[0].At.CompareTo(sent) <= 0);
}
