using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>The machine during one phase of a trial, and what limited the phase.</summary>
public sealed record TrialPhase
{
    /// <summary>The trial's number.</summary>
    public required int Trial { get; init; }

    /// <summary>Its context.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>The phase.</summary>
    public required Phase Phase { get; init; }

    /// <summary>The conclusions about what limited it, the limit first, each with its readings.</summary>
    public required IReadOnlyList<PhaseVerdict> Verdicts { get; init; }

    /// <summary>Share of the machine's measured memory bandwidth that generation used, 0 to 1. Absent without a rate or a ceiling, with an
    /// accelerator, with concurrent streams, where the server's processes were not watched, and where it is above 1: the bytes then come
    /// from the caches.</summary>
    public double? Mbu { get; init; }

    /// <summary>Share of the machine's measured arithmetic rate that prefill used, 0 to 1; absent as for <see cref="Mbu"/>, and above 1
    /// because the server's kernels are faster than the probe's loop.</summary>
    public double? Mfu { get; init; }

    /// <summary>Energy above idle for each token of the phase; absent where no power was read, without a rate, with concurrent streams, and
    /// where neither the server's processes were watched nor exporters of one machine were read.</summary>
    public double? NetJoulesPerToken { get; init; }
}

/// <summary>Joins trials with the timelines of the run on its clock.</summary>
internal static class TrialTelemetry
{
    /// <summary>Prefill and generation of each measured trial that was watched, in the order run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="trials">Its reviewed trials.</param>
    /// <param name="rules">The thresholds.</param>
    public static IReadOnlyList<TrialPhase> Phases(Run run, IReadOnlyList<TrialView> trials, PhaseRules rules)
    {
        var machines = run.Telemetry.Select(timeline => WatchedMachine.Create(run, timeline)).ToList();
        return
        [
            .. from view in trials
               let trial = view.Trial
               where !trial.Flags.HasFlag(TrialFlags.Warmup)
               let stretch = TimelineLookup.FindIndex(run, trial)
               where stretch >= 0
               from window in PhaseWindow.FromTrial(trial)
               where window.Phase is Phase.Prefill or Phase.Generation
               select Evaluate(run, view, machines[stretch], window, rules),
        ];
    }

    private static TrialPhase Evaluate(Run run, TrialView view, WatchedMachine watched, PhaseWindow window, PhaseRules rules)
    {
        var (trial, shape) = (view.Trial, run.Manifest.Target.Shape);
        var telemetry = PhaseTelemetry.Join(watched.Timeline, window);
        var isPrefill = telemetry.Window.Phase == Phase.Prefill;
        // Concurrent streams share the machine, so the use by one of them is unknown.
        var isAlone = telemetry.HasServerProcesses && trial.Concurrency == 1;
        // The ceilings are those of this machine's processors and do not apply to an accelerator.
        var ceilings = isAlone && run.Manifest.Plan.Options.GpuLayers is not > 0 && !AcceleratorCheck.WasUsed(trial, telemetry, rules)
            ? run.Manifest.Ceilings
            : null;
        // Each token reads the keys and values of all before it.
        var mbu = isPrefill || view.GenerationRate is not { } rate
            ? null
            : Utilization.Mbu(shape?.ActiveWeightBytes + view.KvBytesInUse, TimeSpan.FromSeconds(1 / rate.PerSecond), ceilings);
        var mfu = isPrefill && view.PrefillRate is not null
            ? Utilization.Mfu(shape, trial.CountedPromptTokens ?? 0, view.Prefill?.Duration, ceilings)
            : null;
        // Where the server's processes are watched, this machine is the target's.
        IReadOnlyList<PhaseTelemetry> seen = telemetry.HasServerProcesses
            ? []
            : [.. watched.Exporters.Select(exporter => PhaseTelemetry.Join(exporter.Timeline, window))];
        var tokens = isPrefill ? PrefillTokens(view)
            : view.GenerationRate is null ? null : trial.OutputTokens - 1;
        return new TrialPhase
        {
            Trial = trial.Number,
            ContextTokens = trial.ContextTokens,
            Phase = telemetry.Window.Phase,
            Verdicts = seen.Count > 0
                ? ExporterVerdicts.Evaluate(seen, rules)
                : PhaseVerdicts.Evaluate(telemetry, run.Manifest.Machine, mbu, mfu, rules),
            Mbu = mbu <= 1 ? mbu : null,
            Mfu = mfu <= 1 ? mfu : null,
            NetJoulesPerToken = ComputeEnergy()?.NetJoulesPerToken(tokens),
        };

        // Of several machines, the share of each in the work is unknown.
        PhaseEnergy? ComputeEnergy() => trial.Concurrency != 1 ? null
            : isAlone ? PhaseEnergy.Compute(telemetry, watched.Idle, rules)
            : seen is [var machine] ? PhaseEnergy.Compute(machine, watched.Exporters[0].Idle, rules)
            : null;
    }

    // The window of an incremental pass contains only the tokens that this context adds to the one before; the trial does not record them.
    // Without a rate the number of computed tokens is unknown.
    private static int? PrefillTokens(TrialView view) => view.Trial.Method switch
    {
        SweepMethod.IncrementalDepth => null,
        _ when view.PrefillRate is null && view.PrefillRateAtDepth is null => null,
        _ => view.Trial.CountedPromptTokens - (view.Trial.SkippedPromptTokens ?? 0),
    };

    /// <summary>A timeline, and its machine while nothing was measured.</summary>
    private sealed record WatchedMachine(TelemetryTimeline Timeline, PhaseTelemetry? Idle)
    {
        /// <summary>The target's machines as exporters saw them.</summary>
        public IReadOnlyList<WatchedMachine> Exporters { get; private init; } = [];

        public static WatchedMachine Create(Run run, TelemetryTimeline timeline) => new(timeline, FindIdle(run, timeline))
        {
            Exporters = [.. ExporterView.FindPrefixes(timeline.Schema).Select(prefix => ExporterView.See(timeline, prefix))
                .Select(seen => new WatchedMachine(seen, FindIdle(run, seen)))],
        };
    }

    // The time before the first load or request of a timeline: the run does nothing then.
    private static PhaseTelemetry? FindIdle(Run run, TelemetryTimeline timeline)
    {
        if (timeline.Samples.Count == 0)
            return null;
        var (first, last) = (timeline.Samples[0].At, timeline.Samples[^1].At);
        var begun = run.Trials.Select(trial => trial.Client.LoadStarted ?? trial.Client.Sent).OfType<Instant>()
            .Where(at => at.CompareTo(first) > 0 && at.CompareTo(last) < 0).Order().ToList();
        return begun.Count == 0 ? null : PhaseTelemetry.Join(timeline, new PhaseWindow(Phase.Queue, first, begun[0], IsComplete: true));
    }
}
