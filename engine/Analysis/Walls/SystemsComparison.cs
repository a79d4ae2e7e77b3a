using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Walls;

/// <summary>The results of one system at one context.</summary>
public sealed record SystemCell
{
    /// <summary>The context.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Median generation rate; an upper bound where <see cref="IsBound"/>; absent where nothing was generated.</summary>
    public double? GenerationTps { get; init; }

    /// <summary>Whether the rate is an upper bound, from trials that were stopped.</summary>
    public required bool IsBound { get; init; }

    /// <summary>Median time to the first token; absent where it was not measured.</summary>
    public double? TtftSeconds { get; init; }

    /// <summary>The worst regime of its trials.</summary>
    public required MemoryRegime Regime { get; init; }

    /// <summary>Whether every trial completed.</summary>
    public required bool IsUsable { get; init; }

    /// <summary>Bytes read from storage for each token, as counted by the tier or the system; absent where unknown.</summary>
    public double? StorageBytesPerToken { get; init; }

    /// <summary>Bytes that the tier wrote for a million tokens in and out, the wear of its device; absent where there is no
    /// tier.</summary>
    public double? WrittenBytesPerMillionTokens { get; init; }

    /// <summary>The rate that storage allows: direct-read bandwidth divided by streamed bytes per token, or the lower rate of a system
    /// without a cap. Absent where nothing is streamed.</summary>
    public double? LimitTps { get; init; }

    /// <summary>How many of its trials were disturbed by other work on the machine.</summary>
    public required int InterferenceCount { get; init; }
}

/// <summary>One system of a comparison.</summary>
/// <param name="Name">Its name.</param>
/// <param name="RunId">Its run.</param>
/// <param name="Cells">Each context.</param>
/// <param name="LargestUsableTokens">The largest context up to which every trial completed; absent where none did.</param>
/// <param name="IsEmulated">Whether its storage was slowed down to emulate another device.</param>
public sealed record ComparedSystem(string Name, string RunId, IReadOnlyList<SystemCell> Cells, int? LargestUsableTokens, bool IsEmulated)
{
    /// <summary>The bandwidth of the device that the storage tier was to emulate; absent where none was emulated.</summary>
    internal long? EmulatedBytesPerSecond { get; init; }

    /// <summary>The bandwidth of the storage tier's direct reads, the median over trials; absent where it was not measured.</summary>
    internal double? DirectReadBytesPerSecond { get; init; }
}

/// <summary>How much faster one system generates than another at a context.</summary>
public sealed record SystemGain
{
    /// <summary>The system.</summary>
    public required string System { get; init; }

    /// <summary>The system that it is compared with.</summary>
    public required string Over { get; init; }

    /// <summary>The context.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Generation rate divided by that of the other system; a lower bound where the other was stopped, absent where the other
    /// generated nothing.</summary>
    public double? Factor { get; init; }

    /// <summary>Low end of the 95% interval, or of the range where there are few repetitions; absent for a single pair or a
    /// bound.</summary>
    public double? Low { get; init; }

    /// <summary>High end of the same interval.</summary>
    public double? High { get; init; }

    /// <summary>Whether the factor is a lower bound.</summary>
    public required bool IsLowerBound { get; init; }
}

/// <summary>Systems that ran interleaved over the same contexts.</summary>
/// <param name="Systems">The systems, in the order given.</param>
/// <param name="Baseline">The reference system of a table: the first with a cap, otherwise the first; absent with fewer than two
/// systems.</param>
/// <param name="Gains">Each system compared with the baseline, and the last system with each of the others, at each context.</param>
public sealed record SystemsComparison(IReadOnlyList<ComparedSystem> Systems, string? Baseline, IReadOnlyList<SystemGain> Gains)
{
    /// <summary>Compares runs; the last is compared with each of the others.</summary>
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
            return new SystemsComparison(systems, null, []);
        var (baseline, last) = (Math.Max(0, runs.ToList().FindIndex(run => !IsUncapped(run.Manifest))), systems.Count - 1);
        var pairs = Enumerable.Range(0, systems.Count).Select(one => (One: one, Other: baseline))
            .Concat(Enumerable.Range(0, last).Select(other => (One: last, Other: other)))
            .Where(pair => pair.One != pair.Other).Distinct();
        var gains = pairs.SelectMany(
            pair => ComputeGains(systems[pair.One], systems[pair.Other],
                Comparison.Compare(runs[pair.Other], runs[pair.One], margin: null))).ToList();
        return new SystemsComparison(systems, systems[baseline].Name, gains);
    }

    // A run without a cap and without the storage tier.
    private static bool IsUncapped(RunManifest run) => run is { Target.Kind: TargetKind.Embedded, Plan: { Cap: null, Options.Tier: null } };

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
            run.Trials.Any(trial => trial.Tier?.IsEmulated == true))
        {
            EmulatedBytesPerSecond = run.Manifest.Plan.Options.Tier?.BandwidthBytesPerSecond,
            DirectReadBytesPerSecond = Median(run.Trials.Select(trial => (double?)trial.Tier?.DirectReadBytesPerSecond).OfType<double>()),
        };
    }

    private static SystemCell SummarizeCell(IReadOnlyList<TrialView> views, Dictionary<int, TrialRegime> regimes)
    {
        var rates = views.Select(view => view.GenerationRate?.PerSecond).OfType<double>().ToList();
        var bounds = views.Select(view => view.MaxGenerationRate?.PerSecond).OfType<double>().ToList();
        var storage = views.Select(view => StorageBytesPerToken(view.Trial)).OfType<double>().ToList();
        var wear = views.Select(view => WrittenBytesPerMillionTokens(view.Trial)).OfType<double>().ToList();
        var limits = views.Select(view => StorageLimitTps(view.Trial)).OfType<double>().ToList();
        var ttfts = views.Where(_ => views[0].Trial.Method == SweepMethod.Cold)
            .Select(view => view.Trial.Client.TimeToFirstToken?.TotalSeconds).OfType<double>();
        return new SystemCell
        {
            ContextTokens = views[0].Trial.ContextTokens,
            GenerationTps = Median(rates) ?? (bounds.Count > 0 ? bounds.Max() : null),
            IsBound = rates.Count == 0 && bounds.Count > 0,
            TtftSeconds = Median(ttfts),
            Regime = views.Select(view => regimes.GetValueOrDefault(view.Trial.Number)?.Regime ?? MemoryRegime.Unknown).Max(),
            IsUsable = views.All(view => view.Trial.Outcome.IsCompleted),
            StorageBytesPerToken = Median(storage),
            WrittenBytesPerMillionTokens = Median(wear),
            LimitTps = Median(limits),
            InterferenceCount = views.Count(view => view.Trial.Flags.HasFlag(TrialFlags.Interference)),
        };
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
            yield return new SystemGain
            {
                System = system.Name,
                Over = other.Name,
                ContextTokens = cell.ContextTokens,
                Factor = row?.Ratio.Value ?? cell.GenerationTps / against.GenerationTps,
                Low = spread?.Low,
                High = spread?.High,
                IsLowerBound = against.IsBound,
            };
        }
    }

    private static double? Median(IEnumerable<double> values)
    {
        double[] known = [.. values];
        return known.Length == 0 ? null : Quantiles.Median(known);
    }
}
