using MemoryWall.Analysis.Telemetry;
using MemoryWall.Facts;

namespace MemoryWall.Analysis;

/// <summary>All that is derived from a run's trials. Trials suspected of a cache hit are flagged before anything else is derived.</summary>
public sealed record RunAnalysis
{
    private RunAnalysis(IReadOnlyList<Trial> trials, IReadOnlyDictionary<int, IReadOnlyList<StreamMark>> marks)
    {
        Suspected = Suspicion.CacheHits(trials);
        Trials = [.. Suspicion.Flag(trials).Select(TrialView.Of)];
        Contexts = ContextSummary.Of(Trials);
        Crossovers = [.. Contexts.GroupBy(context => (context.Method, context.Label, context.Concurrency, context.OutputTokensAsked)).Select(level => Crossover.Of([.. level]))];
        Together = ConcurrencySummary.Of(trials);
        Agreements = MethodAgreement.Of(Trials, marks);
        Verdicts = [.. Analysis.Verdicts.Of(Trials, Contexts), .. MethodAgreement.Verdicts(Agreements)];
    }

    /// <summary>Each trial with its rates, in the order run.</summary>
    public IReadOnlyList<TrialView> Trials { get; }

    /// <summary>Trials that were flagged here, with the reason.</summary>
    public IReadOnlyList<SuspectedHit> Suspected { get; }

    /// <summary>Repetitions summed up by context.</summary>
    public IReadOnlyList<ContextSummary> Contexts { get; }

    /// <summary>One crossover for each level of concurrency.</summary>
    public IReadOnlyList<Crossover> Crossovers { get; }

    /// <summary>What streams that ran at once did together; none where every trial ran alone.</summary>
    public IReadOnlyList<ConcurrencySummary> Together { get; }

    /// <summary>How quicker methods lie against computed trials at the same contexts; none where the run has one method.</summary>
    public IReadOnlyList<MethodAgreement> Agreements { get; }

    /// <summary>What can be concluded.</summary>
    public IReadOnlyList<Verdict> Verdicts { get; }

    /// <summary>What limited each phase, by the machine's telemetry; none where nothing was watched.</summary>
    public IReadOnlyList<TrialPhase> Phases { get; private init; } = [];

    /// <summary>Derives everything from a run as it was stored; trials that other work disturbed are flagged before anything else is derived.</summary>
    public static RunAnalysis Of(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new RunAnalysis(TrialTelemetry.Flag(run), run.Marks) { Phases = TrialTelemetry.Phases(run) };
    }

    /// <summary>Derives everything from trials as they were stored.</summary>
    public static RunAnalysis Of(IReadOnlyList<Trial> trials)
    {
        ArgumentNullException.ThrowIfNull(trials);
        return new RunAnalysis(trials, new Dictionary<int, IReadOnlyList<StreamMark>>());
    }
}
