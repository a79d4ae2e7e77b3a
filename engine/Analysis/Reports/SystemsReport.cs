using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Reports;

/// <summary>What differs between the runs of two systems.</summary>
/// <param name="System">The system.</param>
/// <param name="Over">The system that it is compared with.</param>
/// <param name="Differences">The differences, from the other system to this one; none where only the system's name differs.</param>
public sealed record SystemDifferences(string System, string Over, IReadOnlyList<RunDifference> Differences);

/// <summary>Systems that were measured over the same contexts, in turn or one after the other.</summary>
/// <param name="Systems">The systems, in the order given.</param>
/// <param name="Baseline">The reference system of a table: the first with a cap, otherwise the first; absent with fewer than two
/// systems.</param>
/// <param name="Gains">Each system compared with the baseline, and the last system with each of the others, at each context.</param>
public sealed record SystemsReport(IReadOnlyList<ComparedSystem> Systems, string? Baseline, IReadOnlyList<SystemGain> Gains)
{
    /// <summary>How far each system reaches, and how the last system compares with each of the others.</summary>
    public IReadOnlyList<Verdict> Verdicts { get; private init; } = [];

    /// <summary>What differs between the settings and machines of each system and of the baseline: each may explain a difference between
    /// their results.</summary>
    public IReadOnlyList<SystemDifferences> Differences { get; private init; } = [];

    /// <summary>Compares runs; the last is compared with each of the others.</summary>
    internal static SystemsReport Create(IReadOnlyList<RunReport> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var compared = runs.Select(run => new ComparedRun(run)).ToList();
        var names = SystemNames.Create([.. runs.Select(run => run.Manifest)]);
        var measured = compared.Zip(names, SummarizeSystem).ToList();
        var inMemory = runs.Zip(measured).Where(entry => IsUncapped(entry.First.Manifest)).SelectMany(entry => entry.Second.Cells)
            .Where(cell => cell is { GenerationTps: not null, IsBound: false })
            .GroupBy(cell => cell.ContextTokens).ToDictionary(same => same.Key, same => same.First().GenerationTps);
        var systems = measured.Select(system => system with
        {
            Cells = [
                .. system.Cells.Select(
                    cell => cell with { LimitTps = Min(cell.LimitTps, inMemory.GetValueOrDefault(cell.ContextTokens)) })],
        }).ToList();
        var systemRules = runs.Count == 0 ? new SystemRules() : runs[0].Rules.Systems;
        if (systems.Count < 2)
            return new SystemsReport(systems, null, []) { Verdicts = [.. SystemVerdicts.Evaluate(systems, [], systemRules)] };
        var (baseline, last) = (Math.Max(0, runs.ToList().FindIndex(run => !IsUncapped(run.Manifest))), systems.Count - 1);
        var rules = runs[0].Rules.Comparison;
        var pairs = Enumerable.Range(0, systems.Count).Select(one => (One: one, Other: baseline))
            .Concat(Enumerable.Range(0, last).Select(other => (One: last, Other: other)))
            .Where(pair => pair.One != pair.Other).Distinct().ToList();
        var barriers = pairs.Select(pair => ComparisonBarriers.Find(compared[pair.One], compared[pair.Other]) is { } barrier
            ? new IncomparableVerdict(systems[pair.One].Name, systems[pair.Other].Name, barrier)
            : null).OfType<Verdict>();
        var gains = pairs
            .SelectMany(pair => UnjudgedGain.Collect((systems[pair.One].Name, compared[pair.One]),
                (systems[pair.Other].Name, compared[pair.Other]), rules)).ToList();
        var rule = DifferenceRule.ForFamily(rules, gains.Select(gain => gain.Ratio).OfType<RatioSample>());
        SystemGain[] judged = [.. gains.Select(gain => gain.Judge(rule))];
        return new SystemsReport(systems, systems[baseline].Name, judged)
        {
            Verdicts = [.. SystemVerdicts.Evaluate(systems, judged, systemRules), .. barriers],
            Differences = [.. Enumerable.Range(0, systems.Count).Where(i => i != baseline).Select(i => new SystemDifferences(names[i],
                names[baseline], RunDifferences.Find(runs[baseline].Manifest, runs[i].Manifest, rules)))],
        };
    }

    // A run without a cap and without the storage tier.
    private static bool IsUncapped(RunManifest run) => run is { Target.Kind: TargetKind.Embedded, Plan: { Cap: null, Options.Tier: null } };

    private static double? Min(double? storage, double? memory) => memory < storage ? memory : storage;

    private static ComparedSystem SummarizeSystem(ComparedRun compared, string name)
    {
        var (report, run) = (compared.Report, compared.Report.Run);
        var regimes = report.Wall.Regimes.ToDictionary(regime => regime.Trial);
        var cells = report.Trials.Select(view => view.Trial).Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup))
            .GroupBy(trial => trial.ContextTokens)
            .OrderBy(group => group.Key)
            .Select(group => SummarizeCell([.. group], compared.FindContext(group.Key), regimes))
            .ToList();
        var usable = cells.TakeWhile(cell => cell.IsUsable).LastOrDefault()?.ContextTokens;
        return new ComparedSystem(name, run.Manifest.RunId, cells, usable,
            run.Trials.Any(trial => trial.Tier?.IsEmulated == true))
        {
            EmulatedBytesPerSecond = run.Manifest.Plan.Options.Tier?.BandwidthBytesPerSecond,
            DirectReadBytesPerSecond = Quantiles.MedianOfKnown(run.Trials.Select(trial => (double?)trial.Tier?.DirectReadBytesPerSecond)),
        };
    }

    private static SystemCell SummarizeCell(IReadOnlyList<Trial> trials, ContextSummary? context, Dictionary<int, TrialRegime> regimes) =>
        new()
        {
            ContextTokens = trials[0].ContextTokens,
            GenerationTps = context?.Reach?.PerSecond,
            IsBound = context?.Reach?.IsBound == true,
            TtftSeconds = context?.TtftSeconds?.Median,
            Regime = trials.Select(trial => regimes.GetValueOrDefault(trial.Number)?.Regime ?? MemoryRegime.Unknown).Max(),
            IsUsable = trials.All(trial => trial.Outcome.IsCompleted),
            StorageBytesPerToken = Quantiles.MedianOfKnown(trials.Select(StorageBytesPerToken)),
            ExpertHitShare = Quantiles.MedianOfKnown(trials.Select(trial => trial.Tier?.GenerationExpertHitShare)),
            WrittenBytesPerMillionTokens = Quantiles.MedianOfKnown(trials.Select(WrittenBytesPerMillionTokens)),
            LimitTps = Quantiles.MedianOfKnown(trials.Select(StorageLimitTps)),
            InterferenceCount = context?.TrialsWithInterference.Count ?? 0,
            InterferenceLeftOut = context?.DisturbedLeftOut.Count ?? 0,
        };

    private static double? StorageBytesPerToken(Trial trial) =>
        trial.OutputTokens is not > 1
            ? null
            : (trial.Tier?.GenerationReadBytes ?? trial.Memory?.Generation?.ReadBytes) / (double)(trial.OutputTokens.Value - 1);

    private static double? WrittenBytesPerMillionTokens(Trial trial) =>
        trial is { Tier: { } tier, OutputTokens: { } output, CountedPromptTokens: { } input }
        ? ((tier.PrefillWrittenBytes ?? 0) + (tier.GenerationWrittenBytes ?? 0)) * 1e6 / (input - (trial.SkippedPromptTokens ?? 0) + output)
        : null;

    private static double? StorageLimitTps(Trial trial) =>
        StorageBytesPerToken(trial) is > 0 and var bytes && trial.Tier?.DirectReadBytesPerSecond is { } bandwidth
            ? bandwidth / bytes
            : null;
}
