using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>Everything that is derived from a run's trials. Trials with a suspected cache hit are flagged first.</summary>
public sealed record RunAnalysis
{
    private RunAnalysis(IReadOnlyList<Trial> trials, IReadOnlyDictionary<int, IReadOnlyList<StreamMark>>? marks, Slo? slo,
        RunManifest? manifest)
    {
        SuspectedCacheHits = CacheHitDetection.Detect(trials, manifest);
        Trials = [.. CacheHitDetection.FlagTrials(trials, manifest).Select(TrialView.Create)];
        Contexts = ContextSummary.Summarize(Trials, marks);
        Levels = [.. Contexts.GroupBy(context => context.Level).Select(level => level.ToList())];
        Crossovers = [.. Levels.Select(Crossover.Compute)];
        Fits = [.. Levels.Select(LevelFits.Fit)];
        // Only an edited file contains a trial number twice; the last entry counts.
        var byNumber = Trials.GroupBy(view => view.Trial.Number).ToDictionary(same => same.Key, same => same.Last());
        Goodput = slo is null ? [] : [.. Levels.Select(level => MemoryWall.Analysis.Goodput.Compute(slo, level, byNumber))];
        ConcurrencySummaries = ConcurrencySummary.Summarize(trials);
        Agreements = MethodAgreement.Compute(Trials, marks ?? new Dictionary<int, IReadOnlyList<StreamMark>>());
        ResumeGains = ResumeGain.Compute(Trials);
    }

    /// <summary>Each trial with its rates, in the order run.</summary>
    public IReadOnlyList<TrialView> Trials { get; }

    /// <summary>Trials that were flagged here, with the reason.</summary>
    internal IReadOnlyList<SuspectedCacheHit> SuspectedCacheHits { get; }

    /// <summary>The repetitions summarized by context.</summary>
    public IReadOnlyList<ContextSummary> Contexts { get; }

    /// <summary>The summaries of <see cref="Contexts"/>, one list for each level.</summary>
    internal IReadOnlyList<IReadOnlyList<ContextSummary>> Levels { get; }

    /// <summary>One crossover for each level.</summary>
    public IReadOnlyList<Crossover> Crossovers { get; }

    /// <summary>The curves of prefill time and time between tokens, one entry for each level.</summary>
    public IReadOnlyList<LevelFits> Fits { get; }

    /// <summary>The largest context that meets the given limit, one entry for each level; none without a limit.</summary>
    internal IReadOnlyList<Goodput> Goodput { get; }

    /// <summary>The combined results of concurrent streams; none where every trial ran alone.</summary>
    public IReadOnlyList<ConcurrencySummary> ConcurrencySummaries { get; }

    /// <summary>How far quicker methods deviate from computed trials at the same contexts; none for a run with one method.</summary>
    public IReadOnlyList<MethodAgreement> Agreements { get; }

    /// <summary>How much sooner the first token comes at each context by resuming from storage; none where nothing was resumed.</summary>
    public IReadOnlyList<ResumeGain> ResumeGains { get; }

    /// <summary>What limited each phase, from the machine's telemetry; none without telemetry.</summary>
    public IReadOnlyList<TrialPhase> Phases { get; private init; } = [];

    /// <summary>Derives everything from a run as it was stored; trials that other work disturbed are flagged before anything else is
    /// derived.</summary>
    /// <param name="run">The run; with its marks, times between tokens are derived too.</param>
    /// <param name="slo">A latency limit; null for none.</param>
    internal static RunAnalysis Analyze(Run run, Slo? slo = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        var analysis = new RunAnalysis(TrialTelemetry.FlagInterference(run), run.Marks, slo, run.Manifest);
        return analysis with { Phases = TrialTelemetry.Phases(run with { Trials = [.. analysis.Trials.Select(view => view.Trial)] }) };
    }

    /// <summary>Derives everything from trials as they were stored.</summary>
    internal static RunAnalysis Analyze(IReadOnlyList<Trial> trials)
    {
        ArgumentNullException.ThrowIfNull(trials);
        return new RunAnalysis(trials, marks: null, slo: null, manifest: null);
    }
}
