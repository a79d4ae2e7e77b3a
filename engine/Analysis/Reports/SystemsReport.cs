using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Reports;

/// <summary>Systems that ran interleaved over the same contexts.</summary>
/// <param name="Systems">The systems, in the order given.</param>
/// <param name="Baseline">The reference system of a table: the first with a cap, otherwise the first; absent with fewer than two
/// systems.</param>
/// <param name="Gains">Each system compared with the baseline, and the last system with each of the others, at each context.</param>
public sealed record SystemsReport(IReadOnlyList<ComparedSystem> Systems, string? Baseline, IReadOnlyList<SystemGain> Gains)
{
    /// <summary>Compares runs; the last is compared with each of the others.</summary>
    internal static SystemsReport Create(IReadOnlyList<RunReport> runs)
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
            return new SystemsReport(systems, null, []);
        var (baseline, last) = (Math.Max(0, runs.ToList().FindIndex(run => !IsUncapped(run.Manifest))), systems.Count - 1);
        var pairs = Enumerable.Range(0, systems.Count).Select(one => (One: one, Other: baseline))
            .Concat(Enumerable.Range(0, last).Select(other => (One: last, Other: other)))
            .Where(pair => pair.One != pair.Other).Distinct();
        var gains = pairs.SelectMany(
            pair => ComputeGains(systems[pair.One], systems[pair.Other],
                Comparison.Compare(runs[pair.Other], runs[pair.One], margin: null))).ToList();
        return new SystemsReport(systems, systems[baseline].Name, gains);
    }

    // A run without a cap and without the storage tier.
    private static bool IsUncapped(RunManifest run) => run is { Target.Kind: TargetKind.Embedded, Plan: { Cap: null, Options.Tier: null } };

    private static double? Min(double? storage, double? memory) => memory < storage ? memory : storage;

    private static ComparedSystem SummarizeSystem(RunReport report)
    {
        var run = report.Run;
        var regimes = report.Wall.Regimes.ToDictionary(regime => regime.Trial);
        var cells = report.Trials.Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup))
            .GroupBy(view => view.Trial.ContextTokens)
            .OrderBy(group => group.Key)
            .Select(group => SummarizeCell([.. group], regimes))
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
