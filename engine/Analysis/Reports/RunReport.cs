using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Reports;

/// <summary>
/// The one telling of a run: everything that is derived from it, in one order. Trials are reviewed first, and everything else rests on the
/// reviewed trials. Each part is computed once, when it is first read.
/// </summary>
public sealed class RunReport
{
    private readonly Lazy<IReadOnlyList<TrialView>> _trials;
    private readonly Lazy<IReadOnlyDictionary<int, TrialView>> _trialsByNumber;
    private readonly Lazy<IReadOnlyList<ContextSummary>> _contexts;
    private readonly Lazy<IReadOnlyList<IReadOnlyList<ContextSummary>>> _levels;
    private readonly Lazy<IReadOnlyList<Crossover>> _crossovers;
    private readonly Lazy<IReadOnlyList<LevelFits>> _fits;
    private readonly Lazy<IReadOnlyList<IReadOnlyList<RateChange>>> _rateChanges;
    private readonly Lazy<IReadOnlyList<Goodput>> _goodput;
    private readonly Lazy<IReadOnlyList<ConcurrencySummary>> _concurrencySummaries;
    private readonly Lazy<IReadOnlyList<MethodAgreement>> _agreements;
    private readonly Lazy<IReadOnlyList<ResumeGain>> _resumeGains;
    private readonly Lazy<IReadOnlyList<TrialPhase>> _phases;
    private readonly Lazy<IReadOnlyList<ContextUtilization>> _utilization;
    private readonly Lazy<WallReport> _wall;
    private readonly Lazy<IReadOnlyList<Verdict>> _verdicts;

    private RunReport(Run run, ReviewRules rules, Slo? slo)
    {
        (Run, Rules, Slo) = (run, rules, slo);
        _trials = new(() => TrialReview.Review(run, rules));
        _trialsByNumber = new(
            () => Trials.GroupBy(view => view.Trial.Number).ToDictionary(same => same.Key, same => same.Last()));
        _contexts = new(() => ContextSummary.Summarize(Alone, run.Marks, rules.Spread));
        _levels = new(() => [.. Contexts.GroupBy(context => context.Level).Select(level => level.ToList())]);
        _crossovers = new(() => [.. Levels.Select(level => Crossover.Compute(level, rules.Estimates))]);
        _fits = new(() => [.. Levels.Select(level => LevelFits.Fit(level, rules.Estimates))]);
        _rateChanges = new(() => [.. Levels.Select(level => RateChange.Compute(level, rules.Comparison))]);
        _goodput = new(() => slo is null ? [] : [.. Levels.Select(level => Analysis.Goodput.Compute(slo, level, TrialsByNumber,
            rules.Summary))]);
        _concurrencySummaries = new(() => ConcurrencySummary.Summarize(AloneTrials));
        _agreements = new(() => MethodAgreement.Compute(Trials, run.Marks, rules.Comparison));
        _resumeGains = new(() => ResumeGain.Compute(Trials, rules.Comparison));
        _phases = new(() => TrialTelemetry.Phases(run, Trials, rules.Phases));
        _utilization = new(() => ContextUtilization.Summarize(Phases, AloneTrials));
        _wall = new(() => WallReport.Create(run.Manifest, Alone, Contexts, rules));
        _verdicts = new(() => [.. EvaluateVerdicts()]);
    }

    /// <summary>The run as it was stored.</summary>
    public Run Run { get; }

    /// <summary>What was measured, where and against which target.</summary>
    public RunManifest Manifest => Run.Manifest;

    /// <summary>Each trial with its rates, in the order run.</summary>
    public IReadOnlyList<TrialView> Trials => _trials.Value;

    /// <summary>The repetitions summarized by context.</summary>
    public IReadOnlyList<ContextSummary> Contexts => _contexts.Value;

    /// <summary>One crossover for each level.</summary>
    public IReadOnlyList<Crossover> Crossovers => _crossovers.Value;

    /// <summary>The curves of prefill time and time between tokens, one entry for each level.</summary>
    public IReadOnlyList<LevelFits> Fits => _fits.Value;

    /// <summary>The combined results of concurrent streams; none where every trial ran alone.</summary>
    public IReadOnlyList<ConcurrencySummary> ConcurrencySummaries => _concurrencySummaries.Value;

    /// <summary>How far quicker methods deviate from computed trials at the same contexts; none for a run with one method.</summary>
    public IReadOnlyList<MethodAgreement> Agreements => _agreements.Value;

    /// <summary>How much sooner the first token comes at each context by resuming from storage; none where nothing was resumed.</summary>
    public IReadOnlyList<ResumeGain> ResumeGains => _resumeGains.Value;

    /// <summary>What limited each phase, from the machine's telemetry; none without telemetry.</summary>
    public IReadOnlyList<TrialPhase> Phases => _phases.Value;

    /// <summary>The conclusions in reading order, one or more.</summary>
    public IReadOnlyList<Verdict> Verdicts => _verdicts.Value;

    /// <summary>How much of the machine's peaks each context used; none without telemetry or ceilings.</summary>
    internal IReadOnlyList<ContextUtilization> Utilization => _utilization.Value;

    /// <summary>The thresholds by which it is judged.</summary>
    internal ReviewRules Rules { get; }

    /// <summary>The latency limit that the contexts are compared with; null for none.</summary>
    internal Slo? Slo { get; }

    /// <summary>The summaries of <see cref="Contexts"/>, one list for each level.</summary>
    internal IReadOnlyList<IReadOnlyList<ContextSummary>> Levels => _levels.Value;

    /// <summary>How both rates change over the contexts, one list for each level.</summary>
    internal IReadOnlyList<IReadOnlyList<RateChange>> RateChanges => _rateChanges.Value;

    /// <summary>The largest context that meets the given limit, one entry for each level; none without a limit.</summary>
    internal IReadOnlyList<Goodput> Goodput => _goodput.Value;

    /// <summary>The regime of each trial, and the wall.</summary>
    internal WallReport Wall => _wall.Value;

    /// <summary>The errors of the memory forecast, one entry for each trial that can be compared; none for other servers and with a storage
    /// tier.</summary>
    internal IReadOnlyList<ForecastError> ForecastErrors =>
        ForecastError.ComputeErrors([.. Alone.Select(view => view.Trial)], Manifest.Plan, Manifest.Target, Rules.Estimates);

    /// <summary>The conclusion about the wall.</summary>
    internal WallVerdict WallVerdict => WallVerdicts.Create(Wall, Rules.Summary);

    /// <summary>The trials by number. Only an edited file contains a number twice; the last entry counts.</summary>
    internal IReadOnlyDictionary<int, TrialView> TrialsByNumber => _trialsByNumber.Value;

    /// <summary>The times between the tokens of a trial; null where they are unknown.</summary>
    internal TokenGaps? GetTokenGaps(Trial trial) =>
        Run.Marks.TryGetValue(trial.Number, out var marks) ? TokenGaps.Extract(trial, marks).Gaps : null;

    /// <summary>Tokens per second between each two neighbouring progress reports of a trial's prefill; none without reports.</summary>
    internal IReadOnlyList<(double Tokens, double PerSecond)> GetPrefillRates(Trial trial) =>
        PrefillCurve.Rates(Run.Marks.GetValueOrDefault(trial.Number));

    /// <summary>A trial over time, with the machine's readings.</summary>
    internal TrialTimeline GetTimeline(Trial trial) => TrialTimeline.Create(Run, trial);

    /// <summary>Both phases in the roofline model, for contexts of one level.</summary>
    internal IReadOnlyList<RooflinePoint> GetRoofline(IReadOnlyList<ContextSummary> level) => Roofline.Compute(Manifest, level);

    /// <summary>The times of both phases between the measured contexts of one level.</summary>
    internal static PhaseCurves GetCurves(IReadOnlyList<ContextSummary> level) => new(level);

    // A turn of a conversation uses what is cached of it and shares the server with other users: it says nothing about a context alone, and
    // is in the report of conversations instead.
    private IReadOnlyList<Trial> AloneTrials => [.. Run.Trials.Where(trial => !IsTurn(trial))];

    private IReadOnlyList<TrialView> Alone => [.. Trials.Where(view => !IsTurn(view.Trial))];

    /// <summary>The report of a run.</summary>
    /// <param name="run">The run; with its marks, times between tokens are derived too.</param>
    /// <param name="slo">A latency limit; null for none.</param>
    /// <param name="rules">The thresholds; null for the defaults.</param>
    internal static RunReport Create(Run run, Slo? slo = null, ReviewRules? rules = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new RunReport(PresetShape.Complete(run), rules ?? ReviewRules.Default, slo);
    }

    private static bool IsTurn(Trial trial) => trial.Session is not null || trial.Method == SweepMethod.Session;

    private IEnumerable<Verdict> EvaluateVerdicts() =>
    [
        TrialVerdicts.CountCompleted(Trials),
        .. Levels.Zip(RateChanges, Crossovers).SelectMany(level => EvaluateLevel(level.First, level.Second, level.Third)),
        .. TrialVerdicts.FindFailures(Trials),
        .. TrialVerdicts.FindDoubts(Trials),
        .. SummaryVerdicts.EvaluateResume(ResumeGains),
        .. SummaryVerdicts.EvaluateAgreement(Agreements),
        .. SummaryVerdicts.EvaluateGoodput(Goodput),
    ];

    private IEnumerable<Verdict> EvaluateLevel(IReadOnlyList<ContextSummary> level, IReadOnlyList<RateChange> changes,
        Crossover crossover)
    {
        IEnumerable<Verdict> verdicts =
        [
            .. RateVerdicts.Evaluate(level, changes, crossover, Rules.Summary),
            .. new[] { OrchestrationVerdicts.Evaluate(level, TrialsByNumber, Manifest.Target.Endpoint, Rules.Summary) }.OfType<Verdict>(),
            .. SeriesVerdicts.Evaluate(level, Trials, Rules.Series),
            .. SpreadVerdicts.Evaluate(level, Rules.Spread),
        ];
        return Levels.Count > 1 ? verdicts.Select(verdict => verdict with { Level = level[0].Level }) : verdicts;
    }
}
