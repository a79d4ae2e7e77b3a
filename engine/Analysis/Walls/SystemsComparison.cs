using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Walls;

/// <summary>What one system did at one context.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="GenerationTps">Median generation rate; an upper bound where <paramref name="IsBound"/>; absent where nothing was
/// generated.</param>
/// <param name="IsBound">Whether the rate is from trials that were stopped: at most so much.</param>
/// <param name="TtftSeconds">Median time to the first token; absent where it was not measured.</param>
/// <param name="Regime">The gravest regime of its trials.</param>
/// <param name="IsUsable">Whether every trial completed.</param>
/// <param name="StorageBytesPerToken">Bytes from storage for each token, by the tier's count or the system's; absent where unknown.</param>
/// <param name="WrittenBytesPerMillionTokens">Bytes that the tier wrote for a million tokens in and out, the wear of its device; absent
/// where there is no tier.</param>
/// <param name="LimitTps">The rate that storage allows: direct-read bandwidth over streamed bytes per token, or the rate in memory where a
/// system without a cap tells that it is lower; absent where nothing is streamed.</param>
/// <param name="InterferenceCount">How many of its trials were disturbed by other work on the machine.</param>
public sealed record SystemCell(
    int ContextTokens, double? GenerationTps, bool IsBound, double? TtftSeconds, MemoryRegime Regime, bool IsUsable,
    double? StorageBytesPerToken, double? WrittenBytesPerMillionTokens, double? LimitTps, int InterferenceCount);

/// <summary>One system of a comparison.</summary>
/// <param name="Name">Its name.</param>
/// <param name="RunId">Its run.</param>
/// <param name="Cells">Each context.</param>
/// <param name="LargestUsableTokens">The largest context up to which every trial completed; absent where none did.</param>
/// <param name="IsEmulated">Whether its storage was slowed down to stand for another device.</param>
public sealed record ComparedSystem(string Name, string RunId, IReadOnlyList<SystemCell> Cells, int? LargestUsableTokens, bool IsEmulated);

/// <summary>How much faster one system generates than another at a context.</summary>
/// <param name="System">The system.</param>
/// <param name="Over">The one that it is compared with.</param>
/// <param name="ContextTokens">The context.</param>
/// <param name="Factor">Generation rate over that of the other; a lower bound where the other was stopped; absent where the other
/// died.</param>
/// <param name="Low">Low end of the 95% interval, or of the range where there are few repetitions; absent for a single pair or a
/// bound.</param>
/// <param name="High">High end of it.</param>
/// <param name="IsLowerBound">Whether the factor is at least so much.</param>
public sealed record SystemGain(string System, string Over, int ContextTokens, double? Factor, double? Low, double? High,
    bool IsLowerBound);

/// <summary>Systems that ran in turn over the same contexts.</summary>
/// <param name="Systems">The systems, in the order given.</param>
/// <param name="Baseline">The system that the others are held against in a table: the first under a cap, else the first; absent where there
/// are fewer than two.</param>
/// <param name="Gains">Every system against the baseline, and the last one against each of the others, context by context.</param>
/// <param name="Sentences">What can be said of the last one, losses included.</param>
public sealed record SystemsComparison(IReadOnlyList<ComparedSystem> Systems, string? Baseline, IReadOnlyList<SystemGain> Gains,
    IReadOnlyList<string> Sentences)
{
    /// <summary>Compares runs; the last one is held against the others.</summary>
    public static SystemsComparison Compare(IReadOnlyList<Run> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var inMemory = runs.Where(run => IsUncapped(run.Manifest)).SelectMany(run => SummarizeSystem(run).Cells)
            .Where(cell => cell is { GenerationTps: not null, IsBound: false })
            .GroupBy(cell => cell.ContextTokens).ToDictionary(same => same.Key, same => same.First().GenerationTps);
        var systems = runs.Select(SummarizeSystem).Select(system => system with
        {
            Cells = [
                .. system.Cells.Select(
                    cell => cell with { LimitTps = Min(cell.LimitTps, inMemory.GetValueOrDefault(cell.ContextTokens)) })],
        }).ToList();
        if (systems.Count < 2)
            return new SystemsComparison(systems, null, [], [.. systems.Select(SystemsSentences.DescribeReach)]);
        var (baseline, last) = (Math.Max(0, runs.ToList().FindIndex(run => !IsUncapped(run.Manifest))), systems.Count - 1);
        var pairs = Enumerable.Range(0, systems.Count).Select(one => (One: one, Other: baseline))
            .Concat(Enumerable.Range(0, last).Select(other => (One: last, Other: other)))
            .Where(pair => pair.One != pair.Other).Distinct();
        var gains = pairs.SelectMany(
            pair => ComputeGains(systems[pair.One], systems[pair.Other],
                Comparison.Compare(runs[pair.Other], runs[pair.One], margin: null))).ToList();
        return new SystemsComparison(systems, systems[baseline].Name, gains,
        [
            .. systems.Select(SystemsSentences.DescribeReach),
            .. runs.Select(SystemsSentences.DescribeEmulation).OfType<string>(),
            .. systems.SkipLast(1)
                .SelectMany(
                    other => SystemsSentences.DescribeGains(systems[last], other,
                        [.. gains.Where(gain => gain.System == systems[last].Name && gain.Over == other.Name)])),
        ]);
    }

    // What the model does where nothing limits it.
    private static bool IsUncapped(RunManifest run) => run is { Target.Kind: "embedded", Plan: { Cap: null, Options.Tier: null } };

    private static double? Min(double? storage, double? memory) => memory < storage ? memory : storage;

    private static ComparedSystem SummarizeSystem(Run run)
    {
        var regimes = RegimeClassifier.Classify(run.Trials, run.Manifest.Target.Shape).ToDictionary(regime => regime.Trial);
        var cells = TrialTelemetry.FlagInterference(run).Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup))
            .GroupBy(trial => trial.ContextTokens)
            .OrderBy(group => group.Key)
            .Select(group => SummarizeCell([.. group.Select(TrialView.Create)], regimes))
            .ToList();
        var usable = cells.TakeWhile(cell => cell.IsUsable).LastOrDefault()?.ContextTokens;
        return new ComparedSystem(run.Manifest.Plan.System ?? run.Manifest.RunId, run.Manifest.RunId, cells, usable,
            run.Trials.Any(trial => trial.Tier?.IsEmulated == true));
    }

    private static SystemCell SummarizeCell(IReadOnlyList<TrialView> views, Dictionary<int, TrialRegime> regimes)
    {
        var rates = views.Select(view => view.GenerationRate?.PerSecond).OfType<double>().ToList();
        var bounds = views.Select(view => view.MaxGenerationRate?.PerSecond).OfType<double>().ToList();
        var storage = views.Select(view => StorageBytesPerToken(view.Trial)).OfType<double>().ToList();
        var wear = views.Select(view => WrittenBytesPerMillionTokens(view.Trial)).OfType<double>().ToList();
        var limits = views.Select(view => StorageLimitTps(view.Trial)).OfType<double>().ToList();
        return new SystemCell(
            views[0].Trial.ContextTokens,
            rates.Count > 0 ? Median(rates)
            : bounds.Count > 0 ? bounds.Max() : null,
            rates.Count == 0 && bounds.Count > 0,
            Median(views.Select(view => view.Trial.Client.TimeToFirstToken?.TotalSeconds).OfType<double>()
                .Where(_ => views[0].Trial.Method == SweepMethod.Cold)),
            views.Select(view => regimes.GetValueOrDefault(view.Trial.Number)?.Regime ?? MemoryRegime.Unknown).Max(),
            views.All(view => view.Trial.Outcome.IsCompleted),
            Median(storage), Median(wear), Median(limits), views.Count(view => view.Trial.Flags.HasFlag(TrialFlags.Interference)));
    }

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

    private static IEnumerable<SystemGain> ComputeGains(ComparedSystem system, ComparedSystem other, Comparison comparison)
    {
        foreach (var cell in system.Cells.Where(cell => cell.GenerationTps is not null && !cell.IsBound))
        {
            var against = other.Cells.FirstOrDefault(candidate => candidate.ContextTokens == cell.ContextTokens);
            if (against is null)
                continue;
            var row = comparison.Contexts.FirstOrDefault(
                row => row.Quantity == ComparedQuantity.GenerationTps && row.ContextTokens == cell.ContextTokens);
            // A single pair has a point, not an interval.
            var spread = row?.Ratio.Interval is { } interval && interval.Low < interval.High ? interval : (Interval?)null;
            yield return new SystemGain(system.Name, other.Name, cell.ContextTokens,
                row?.Ratio.Value ?? cell.GenerationTps / against.GenerationTps, spread?.Low, spread?.High, against.IsBound);
        }
    }

    private static double? Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? null : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
