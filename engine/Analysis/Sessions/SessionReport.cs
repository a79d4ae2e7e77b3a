using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Reports;

namespace MemoryWall.Analysis.Sessions;

/// <summary>How systems serve conversations of several users: how long each user waits, how much is reused, and how many users a system
/// carries.</summary>
internal sealed record SessionReport
{
    /// <summary>The systems, in the order given.</summary>
    public required IReadOnlyList<SessionSystem> Systems { get; init; }

    /// <summary>The system that the others are compared with: the one that computes everything again, otherwise the first; absent with
    /// fewer than two systems.</summary>
    public string? Baseline { get; init; }

    /// <summary>Each other system compared with the baseline, level by level: all returning turns together, then each turn.</summary>
    public IReadOnlyList<SessionGain> Gains { get; init; } = [];

    /// <summary>Why systems are not compared.</summary>
    public IReadOnlyList<Verdicts.IncomparableVerdict> Barriers { get; init; } = [];

    /// <summary>Greedy answers of the systems, compared turn by turn with those of the baseline; none where no answers are known.</summary>
    public IReadOnlyList<AnswerAgreement> Answers { get; init; } = [];

    /// <summary>Hidden numbers that came back, one entry a system; none where none were hidden.</summary>
    public IReadOnlyList<NeedleResult> Needles { get; init; } = [];

    /// <summary>Whether a system answers otherwise than it must: a policy of the embedded server than another one, or a system that loses
    /// what is in the text.</summary>
    public bool HasWrongAnswers => Answers.Any(answers => answers is { IsOneServer: true, AreEqual: false })
        || Needles.Any(needles => needles.Verdict == NeedleVerdict.Lost);

    /// <summary>Whether a recorded trace was replayed, whose conversations have turns of any length.</summary>
    public bool IsTrace => Systems.Any(system => system.Manifest.Plan.Sessions?.Trace is not null);

    /// <summary>The bandwidth at which loading takes as long as computing, over context: by the times of the system that computed the most
    /// lengths of prompts, and the size of a token's KV cache by the models' shapes or the loads of any system. None where they are not
    /// known, or where systems are not compared.</summary>
    public IReadOnlyList<BreakEven> BreakEvens => Barriers.Count == 0
        && Systems.Where(system => system.Times is not null).MaxBy(system => system.Times!.Contexts)?.Times is { } times
        && Systems.Select(system => system.BytesPerToken).FirstOrDefault(bytes => bytes is > 0) is { } each
            ? BreakEven.Compute(times, each)
            : [];

    /// <summary>How fast conversations came from storage, by the system that loaded fastest; absent where none did.</summary>
    public MeasuredStorage? Storage => Systems.Where(system => system.LoadBytesPerSecond is > 0)
        .MaxBy(system => system.LoadBytesPerSecond) is { } system
            ? new MeasuredStorage(system.Name, system.LoadBytesPerSecond!.Value, system.IsEmulated)
            : null;

    /// <summary>Whether a run has turns of conversations.</summary>
    public static bool IsFor(RunReport run) =>
        run.Manifest.Plan.Sessions is not null || run.Run.Trials.Any(trial => trial.Session is not null);

    /// <summary>The report of runs with conversations, one for each system.</summary>
    /// <param name="runs">The runs, one or more.</param>
    /// <param name="slo">A limit of TTFT for the users wall; null for that of the runs.</param>
    public static SessionReport Create(IReadOnlyList<RunReport> runs, Slo? slo = null)
    {
        ArgumentNullException.ThrowIfNull(runs);
        // A run alone needs no id to be distinguished.
        var names = runs is [{ Manifest: { Plan.System: null, Label: null, Target.Kind: { } kind } }]
            ? [kind]
            : SystemNames.Create([.. runs.Select(run => run.Manifest)]);
        var systems = runs.Zip(names, (run, name) =>
            SessionSystem.Create(name, run, FindLimit(run, slo)?.TotalSeconds)).ToList();
        if (systems.Count < 2)
            return new SessionReport { Systems = systems, Needles = [.. systems.Where(NeedleResult.IsFor).Select(NeedleResult.Create)] };
        var baseline = Math.Max(0, runs.ToList().FindIndex(run => IsRecompute(run)));
        var rules = runs[0].Rules.Comparison;
        var others = Enumerable.Range(0, systems.Count).Where(place => place != baseline).ToList();
        var barriers = others.Select(place => (Place: place,
            Barrier: ComparisonBarriers.Find(new ComparedRun(runs[place]), new ComparedRun(runs[baseline])))).ToList();
        var gains = barriers.Where(entry => entry.Barrier is null)
            .SelectMany(entry => SessionGain.Collect(systems[entry.Place], systems[baseline], rules.MinPairedShare)).ToList();
        var rule = DifferenceRule.ForFamily(rules, gains.Select(gain => gain.Sample));
        return new SessionReport
        {
            Systems = systems,
            Baseline = systems[baseline].Name,
            Gains = [.. gains.Select(gain => gain.Judge(rule))],
            Barriers = [.. barriers.Where(entry => entry.Barrier is not null).Select(entry =>
                new Verdicts.IncomparableVerdict(systems[entry.Place].Name, systems[baseline].Name, entry.Barrier!.Value))],
            Answers = [.. barriers.Where(entry => entry.Barrier is null)
                .Select(entry => AnswerAgreement.Compare(systems[entry.Place], systems[baseline])).OfType<AnswerAgreement>()],
            Needles =
            [
                .. Enumerable.Range(0, systems.Count).Where(place => NeedleResult.IsFor(systems[place])).Select(place =>
                    barriers.Exists(entry => entry.Place == place && entry.Barrier is null)
                        ? NeedleResult.Create(systems[place], systems[baseline], rules)
                        : NeedleResult.Create(systems[place])),
            ],
        };
    }

    // A run that searched for its wall knows the limit.
    private static TimeSpan? FindLimit(RunReport run, Slo? slo) =>
        (slo ?? run.Slo)?.Ttft ?? run.Manifest.Plan.Sessions?.Search?.TtftLimit;

    private static bool IsRecompute(RunReport run) =>
        run.Manifest.Plan.Sessions?.Policy == Core.Plan.CachePolicy.Recompute || run.Manifest.Plan.System == "recompute";
}

/// <summary>How fast a system loaded conversations from storage.</summary>
/// <param name="System">The system.</param>
/// <param name="Rate">Bytes per second, all loads together.</param>
/// <param name="IsEmulated">Whether its storage was slowed down to emulate another device.</param>
internal sealed record MeasuredStorage(string System, double Rate, bool IsEmulated);
