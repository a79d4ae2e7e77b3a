using MemoryWall.Analysis;
using MemoryWall.Analysis.Walls;
using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Reporting;

namespace MemoryWall.Notebooks.Figures;

/// <summary>Throughput of several systems over context, with the walls that were forecast and those that were hit.</summary>
internal static class WallChart
{
    // Beyond this factor between the fastest and the slowest the slow ones would lie on the axis.
    private const double MaxRatioForLinearScale = 25;

    public static Chart Create(IReadOnlyList<Run> runs)
    {
        var all = Series.CreateAll(runs);
        var walls = all.DistinctBy(series => series.Run).Select(series => new RunWall(series, WallAnalysis.Analyze(series.Run))).ToList();
        var chart = ContextChart.Create(runs, Title(walls),
            ChooseScale(ContextChart.Generation, all, context => context.GenerationTps?.Median), ContextChart.Blended);
        var contexts = Series.GetAllContexts(all).ToList();
        var rules = CreateReferenceLines(walls, contexts).ToList();
        return chart with
        {
            X = Axis.ForContexts(contexts.Concat(rules.Select(rule => rule.Value))),
            Panels = [.. chart.Panels.Select((panel, index) => panel with
            {
                Marks = [.. panel.Marks, .. index == 0 ? walls.SelectMany(CreateSpillMarks) : []],
                ReferenceLines = [.. index == 0 ? rules : rules.Select(rule => rule with { Label = "" })],
            })],
            Subtitle = chart.Subtitle + DescribeLimit(runs),
            Notes = [.. walls.Select(wall => $"{wall.Series.Name} (run {wall.Series.Run.Manifest.RunId}): {wall.Finding.Describe()}"),
                .. chart.Notes],
        };
    }

    // From 0 up where that leaves every system to be seen: a system that is dead is at nothing then.
    private static ContextQuantity ChooseScale(ContextQuantity quantity, IReadOnlyList<Series> all, Func<ContextSummary, double?> value)
    {
        var known = all.SelectMany(series => series.Contexts).Select(value).OfType<double>().DefaultIfEmpty(1).ToList();
        return known.Max() / known.Min() < MaxRatioForLinearScale
            ? quantity with { AxisTitle = quantity.AxisTitle.Replace(" (log)", "", StringComparison.Ordinal), Scale = AxisScale.Linear }
            : quantity;
    }

    private static string DescribeLimit(IReadOnlyList<Run> runs) =>
        runs.Select(run => run.Manifest.Plan.Cap?.Bytes).Distinct().ToList() is [{ } bytes]
            ? $" · memory limit {NumberFormat.Bytes(bytes)}"
            : "";

    private static string Title(IReadOnlyList<RunWall> walls)
    {
        var hit = walls.Where(wall => wall.Finding.BeyondTokens is not null).ToList();
        if (hit.Count == 0)
        {
            var largest = walls.SelectMany(wall => wall.Series.Contexts).Where(context => context.Completed > 0)
                .Select(context => context.ContextTokens).DefaultIfEmpty(0).Max();
            return largest == 0 ? "Nothing was measured" : $"No wall up to {NumberFormat.Context(largest)}";
        }
        var beyond = hit.Min(wall => wall.Finding.BeyondTokens!.Value);
        var survivors = from wall in walls
                        where wall.Finding.BeyondTokens is null
                        let context = wall.Series.Contexts.LastOrDefault(context => context.GenerationTps is not null)
                        where context is not null && context.ContextTokens >= beyond
                        select $"{wall.Series.Name} still generates {NumberFormat.Rate(context.GenerationTps!.Median)} at {NumberFormat.Context(context.ContextTokens)}";
        var title = walls.Count == 1
            ? $"the system {walls[0].Description}"
            : string.Join("; ", hit.Select(wall => $"{wall.Series.Name} {wall.ShortDescription}").Concat(survivors));
        return char.ToUpperInvariant(title[0]) + title[1..];
    }

    private static IEnumerable<ReferenceLine> CreateReferenceLines(IReadOnlyList<RunWall> walls, List<double> contexts)
    {
        // Arms of one cap have one forecast; a tier is there to go past it.
        var forecasts = walls.Where(
            wall => wall.Finding is { PredictedTokens: > 0, BudgetBytes: not null, HasTier: false }
                && wall.Series.Run.Manifest.Plan.Cap is not null)
            .GroupBy(wall => (wall.Finding.PredictedTokens!.Value, wall.Finding.BudgetBytes!.Value));
        foreach (var forecast in forecasts.Where(
            forecast => contexts.Count > 0 && forecast.Key.Item1 >= contexts.Min() / 2 && forecast.Key.Item1 <= contexts.Max() * 2))
            yield return new ReferenceLine(ReferenceLineDirection.Vertical, forecast.Key.Item1,
                $"forecast for {NumberFormat.Bytes(forecast.Key.Item2)}: {NumberFormat.Tokens(forecast.Key.Item1)}", ChartColor.Text,
                Dash.Dotted);
        foreach (var wall in walls.Where(wall => wall.Finding.BeyondTokens is not null)
            .GroupBy(wall => (wall.Finding.InsideTokens, Beyond: wall.Finding.BeyondTokens!.Value)))
        {
            var (inside, beyond) = (wall.Key.InsideTokens ?? wall.Key.Beyond, wall.Key.Beyond);
            yield return new ReferenceLine(ReferenceLineDirection.Vertical, Math.Sqrt((double)inside * beyond),
                $"wall{(walls.Count > 1 ? $" of {WordFormat.List(wall.Select(one => one.Series.Name))}" : "")}: {(inside == beyond ? $"at or below {NumberFormat.Context(beyond)}" : $"{NumberFormat.Context(inside)} to {NumberFormat.Context(beyond)}")}", wall.First().Series.Color);
        }
    }

    // Trials that ran to their end although pages were moved: their outcome is no failure, their place is beyond the wall.
    private static IEnumerable<Mark> CreateSpillMarks(RunWall wall)
    {
        var views = Runs.Analysis(wall.Series.Run).Trials.ToLookup(view => view.Trial.Number);
        return wall.Finding.Regimes.Where(regime => regime.Regime is MemoryRegime.Spilling or MemoryRegime.Slowed or MemoryRegime.Thrashing)
            .Select(regime => (Regime: regime, View: views[regime.Trial].Last()))
            .Where(entry => entry.View is { Trial.Outcome: Completed, GenerationRate: not null })
            .GroupBy(entry => entry.Regime.Regime)
            .Select(group => new Scatter("", wall.Series.Color,
                [.. group.OrderBy(entry => entry.Regime.ContextTokens)
                    .Select((entry, index) => new ChartPoint(entry.View.Trial.ContextTokens, entry.View.GenerationRate!.Value.PerSecond,
                    $"{RegimeFormat.Name(group.Key)}: {entry.Regime.Evidence}",
                    index == 0 ? $"{wall.Series.Name}: {RegimeFormat.Name(group.Key)}" : null))],
                group.Key == MemoryRegime.Spilling ? Symbol.Triangle : Symbol.Cross));
    }

    private sealed record RunWall(Series Series, WallAnalysis Finding)
    {
        /// <summary>What becomes of the system beside others: its death where it dies, else its collapse.</summary>
        public string ShortDescription
        {
            get
            {
                var end = Finding.Regimes.Where(r => r.Regime is MemoryRegime.OutOfMemory or MemoryRegime.Refused)
                    .MinBy(r => r.ContextTokens);
                if (end is not null)
                    return $"{(end.Regime == MemoryRegime.Refused ? "is refused" : "dies")} at {NumberFormat.Context(end.ContextTokens)}{(end.Regime == MemoryRegime.Refused ? "" : " (out of memory)")}";
                var (beyond, regime) = (Finding.BeyondTokens!.Value, RegimeFormat.Name(Finding.Beyond!.Regime));
                return Finding.CollapseFactor is >= 1.1 and var factor
                    ? $"is {(Finding.BeyondIsBound ? "at least " : "")}{NumberFormat.Factor(factor)} times slower at {NumberFormat.Context(beyond)} ({regime}, {(Finding.BeyondIsBound ? "at most " : "")}{NumberFormat.Rate(Finding.BeyondTps)}){SlowestDescription}"
                    : $"is {regime} from {NumberFormat.Context(beyond)}";
            }
        }

        private string SlowestDescription => Finding is { Slowest: { } far, WorstFactor: { } worst }
            ? $", {(Finding.SlowestIsBound ? "at least " : "")}{NumberFormat.Factor(worst)} times at {NumberFormat.Context(far.ContextTokens)}"
            : "";

        /// <summary>What becomes of the system at its wall.</summary>
        public string Description
        {
            get
            {
                var (inside, beyond, regime) = (Finding.InsideTokens, Finding.BeyondTokens!.Value, Finding.Beyond!.Regime);
                var death = Finding.Regimes.Where(r => r.Regime is MemoryRegime.OutOfMemory && r.ContextTokens > beyond)
                    .Select(r => (int?)r.ContextTokens).Min();
                var then = death is { } at ? $", and dies at {NumberFormat.Context(at)} (out of memory)" : "";
                if (regime is MemoryRegime.OutOfMemory or MemoryRegime.Refused)
                {
                    var end = regime == MemoryRegime.Refused
                        ? $"is refused at {NumberFormat.Context(beyond)}"
                        : $"dies at {NumberFormat.Context(beyond)} (out of memory)";
                    return inside is { } last
                        ? $"works up to {NumberFormat.Context(last)}{(Finding.InsideTps is { } rate ? $" ({NumberFormat.Rate(rate)})" : "")} and {end}"
                        : $"{end}, its smallest context";
                }
                var where = inside is { } from
                    ? $"between {NumberFormat.Context(from)} and {NumberFormat.Context(beyond)}"
                    : $"at {NumberFormat.Context(beyond)}";
                var most = Finding.BeyondIsBound ? "at most " : "";
                return Finding.CollapseFactor is { } factor
                    ? $"collapses {(Finding.BeyondIsBound ? "at least " : "")}{NumberFormat.Factor(factor)} times {where}, from {NumberFormat.Rate(Finding.InsideTps)} to {most}{NumberFormat.Rate(Finding.BeyondTps)} ({regime.ToString().ToLowerInvariant()}){then}"
                    : $"is {regime.ToString().ToLowerInvariant()} {where}{then}";
            }
        }
    }
}
