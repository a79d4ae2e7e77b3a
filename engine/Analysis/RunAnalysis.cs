using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>All that is derived from a run's trials. Trials suspected of a cache hit are flagged before anything else is derived.</summary>
public sealed record RunAnalysis
{
    private RunAnalysis(IReadOnlyList<Trial> trials, IReadOnlyDictionary<int, IReadOnlyList<StreamMark>>? marks, Slo? slo,
        RunManifest? manifest)
    {
        SuspectedCacheHits = CacheHitDetection.Detect(trials, manifest);
        Trials = [.. CacheHitDetection.FlagTrials(trials, manifest).Select(TrialView.Create)];
        Contexts = ContextSummary.Summarize(Trials, marks);
        var levels = Contexts.GroupBy(context => (context.Method, context.Label, context.Concurrency, context.OutputTokensAsked))
            .Select(level => level.ToList()).ToList();
        Crossovers = [.. levels.Select(Crossover.Compute)];
        Fits = [.. levels.Select(LevelFits.Fit)];
        // A resumed run may hold a number twice only where its file was edited; the last one counts then.
        var byNumber = Trials.GroupBy(view => view.Trial.Number).ToDictionary(same => same.Key, same => same.Last());
        Goodput = slo is null ? [] : [.. levels.Select(level => MemoryWall.Analysis.Goodput.Compute(slo, level, byNumber))];
        ConcurrencySummaries = ConcurrencySummary.Summarize(trials);
        Agreements = MethodAgreement.Compute(Trials, marks ?? new Dictionary<int, IReadOnlyList<StreamMark>>());
        ResumeGains = ResumeGain.Compute(Trials);
        Verdicts =
        [
            .. MemoryWall.Analysis.Verdicts.Evaluate(Trials, Contexts),
            .. ResumeGain.CreateVerdicts(ResumeGains),
            .. MethodAgreement.CreateVerdicts(Agreements),
            .. Goodput.Select(
                level => new Verdict(VerdictTopic.Goodput, level.Sentence,
                    [.. level.Contexts.SelectMany(context => context.Trials).Order()])),
        ];
    }

    /// <summary>Each trial with its rates, in the order run.</summary>
    public IReadOnlyList<TrialView> Trials { get; }

    /// <summary>Trials that were flagged here, with the reason.</summary>
    public IReadOnlyList<SuspectedCacheHit> SuspectedCacheHits { get; }

    /// <summary>Repetitions summed up by context.</summary>
    public IReadOnlyList<ContextSummary> Contexts { get; }

    /// <summary>One crossover for each level of concurrency.</summary>
    public IReadOnlyList<Crossover> Crossovers { get; }

    /// <summary>The curves of prefill time and time between tokens, one entry for each level.</summary>
    public IReadOnlyList<LevelFits> Fits { get; }

    /// <summary>The largest context under the limit asked for, one entry for each level; none where no limit was asked for.</summary>
    public IReadOnlyList<Goodput> Goodput { get; }

    /// <summary>What streams that ran at once did together; none where every trial ran alone.</summary>
    public IReadOnlyList<ConcurrencySummary> ConcurrencySummaries { get; }

    /// <summary>How quicker methods lie against computed trials at the same contexts; none where the run has one method.</summary>
    public IReadOnlyList<MethodAgreement> Agreements { get; }

    /// <summary>What resuming from storage is worth at each context; none where nothing was resumed.</summary>
    public IReadOnlyList<ResumeGain> ResumeGains { get; }

    /// <summary>What can be concluded.</summary>
    public IReadOnlyList<Verdict> Verdicts { get; }

    /// <summary>What limited each phase, by the machine's telemetry; none where nothing was watched.</summary>
    public IReadOnlyList<TrialPhase> Phases { get; private init; } = [];

    /// <summary>Derives everything from a run as it was stored; trials that other work disturbed are flagged before anything else is
    /// derived.</summary>
    /// <param name="run">The run; with its marks, times between tokens are derived too.</param>
    /// <param name="slo">A latency limit to be judged by; null for none.</param>
    public static RunAnalysis Analyze(Run run, Slo? slo = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        var analysis = new RunAnalysis(TrialTelemetry.FlagInterference(run), run.Marks, slo, run.Manifest);
        return analysis with { Phases = TrialTelemetry.Phases(run with { Trials = [.. analysis.Trials.Select(view => view.Trial)] }) };
    }

    /// <summary>Derives everything from trials as they were stored.</summary>
    public static RunAnalysis Analyze(IReadOnlyList<Trial> trials)
    {
        ArgumentNullException.ThrowIfNull(trials);
        return new RunAnalysis(trials, marks: null, slo: null, manifest: null);
    }
}
