using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Walls;
using MemoryWall.Charts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Walls;

namespace MemoryWall.Reporting.Figures;

/// <summary>Throughput of several systems over context, with forecast and measured walls.</summary>
internal static class WallChart
{
    // With a larger ratio of fastest to slowest, a linear scale would draw the slow systems on the axis.
    private const double MaxRatioForLinearScale = 25;

    public static Chart Create(IReadOnlyList<RunReport> runs)
    {
        var all = Series.CreateAll(runs);
        var walls = all.DistinctBy(series => series.Run).Select(series => new RunWall(series, series.Run.Wall)).ToList();
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
            Notes = [
                .. walls.Select(wall => $"{wall.Series.Name} (run {wall.Series.Run.Manifest.RunId}): {WallSentence.Format(wall.Finding)}"),
                .. chart.Notes],
        };
    }

    // A linear axis starts at 0, so a system that generates nothing is drawn at 0.
    private static ContextQuantity ChooseScale(ContextQuantity quantity, IReadOnlyList<Series> all, Func<ContextSummary, double?> value)
    {
        var known = all.SelectMany(series => series.Contexts).Select(value).OfType<double>().DefaultIfEmpty(1).ToList();
        return known.Max() / known.Min() < MaxRatioForLinearScale
            ? quantity with { AxisTitle = quantity.AxisTitle.Replace(" (log)", "", StringComparison.Ordinal), Scale = AxisScale.Linear }
            : quantity;
    }

    private static string DescribeLimit(IReadOnlyList<RunReport> runs) =>
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
            return largest == 0 ? "No trial completed" : $"No memory wall up to {NumberFormat.Context(largest)} tokens";
        }
        var beyond = hit.Min(wall => wall.Finding.BeyondTokens!.Value);
        var survivors = from wall in walls
                        where wall.Finding.BeyondTokens is null
                        let context = wall.Series.Contexts.LastOrDefault(context => context.GenerationTps is not null)
                        where context is not null && context.ContextTokens >= beyond
                        select $"{wall.Series.Name} still answers at {NumberFormat.Rate(context.GenerationTps!.Median)} "
                            + $"after {NumberFormat.Context(context.ContextTokens)} tokens";
        var title = walls.Count == 1
            ? $"the system {walls[0].Description}"
            : string.Join("; ", hit.Select(wall => $"{wall.Series.Name} {wall.ShortDescription}").Concat(survivors));
        return char.ToUpperInvariant(title[0]) + title[1..];
    }

    private static IEnumerable<ReferenceLine> CreateReferenceLines(IReadOnlyList<RunWall> walls, List<double> contexts)
    {
        // Systems with the same cap share one forecast. A managed tier has none, because it is meant to go beyond it.
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
                (walls.Count > 1 ? $"wall of {WordFormat.List(wall.Select(one => one.Series.Name))}: " : "wall: ")
                    + (inside == beyond
                        ? $"at or below {NumberFormat.Context(beyond)}"
                        : $"{NumberFormat.Context(inside)} to {NumberFormat.Context(beyond)}"),
                wall.First().Series.Color);
        }
    }

    // Trials that completed beyond the wall, while memory was swapped or read again.
    private static IEnumerable<Mark> CreateSpillMarks(RunWall wall)
    {
        var views = wall.Series.Run.Trials.ToLookup(view => view.Trial.Number);
        return wall.Finding.Regimes.Where(regime => regime.Regime is MemoryRegime.Spilling or MemoryRegime.Slowed or MemoryRegime.Thrashing)
            .Select(regime => (Regime: regime, View: views[regime.Trial].Last()))
            .Where(entry => entry.View is { Trial.Outcome: Completed, GenerationRate: not null })
            .GroupBy(entry => entry.Regime.Regime)
            .Select(group => new Scatter("", wall.Series.Color,
                [.. group.OrderBy(entry => entry.Regime.ContextTokens)
                    .Select((entry, index) => new ChartPoint(entry.View.Trial.ContextTokens, entry.View.GenerationRate!.Value.PerSecond,
                    $"{RegimeFormat.Name(group.Key)}: {RegimePhrases.FormatEvidence(entry.Regime)}",
                    index == 0 ? $"{wall.Series.Name}: {RegimeFormat.Name(group.Key)}" : null))],
                group.Key == MemoryRegime.Spilling ? Symbol.Triangle : Symbol.Cross));
    }

    private sealed record RunWall(Series Series, WallReport Finding)
    {
        /// <summary>How the system fails, for a title about several systems: out of memory where that happens, else its slowdown.</summary>
        public string ShortDescription
        {
            get
            {
                var end = Finding.Regimes.Where(r => r.Regime is MemoryRegime.OutOfMemory or MemoryRegime.Refused)
                    .MinBy(r => r.ContextTokens);
                if (end is not null)
                    return DescribeEnd(end.Regime, end.ContextTokens);
                var (beyond, regime) = (Finding.BeyondTokens!.Value, RegimeFormat.Name(Finding.Beyond!.Regime));
                return Finding.CollapseFactor is >= 1.1 and var factor
                    ? $"is {AtLeast(Finding.BeyondIsBound)}{NumberFormat.Factor(factor)} times slower at {NumberFormat.Context(beyond)} "
                        + $"({regime}, {AtMost(Finding.BeyondIsBound)}{NumberFormat.Rate(Finding.BeyondTps)}){SlowestDescription}"
                    : $"is {regime} from {NumberFormat.Context(beyond)}";
            }
        }

        private string SlowestDescription => Finding is { Slowest: { } far, WorstFactor: { } worst }
            ? $", {AtLeast(Finding.SlowestIsBound)}{NumberFormat.Factor(worst)} times at {NumberFormat.Context(far.ContextTokens)}"
            : "";

        /// <summary>How the system fails, for a title about it alone.</summary>
        public string Description
        {
            get
            {
                var (inside, beyond, regime) = (Finding.InsideTokens, Finding.BeyondTokens!.Value, Finding.Beyond!.Regime);
                var end = Finding.Regimes.Where(r => r.Regime is MemoryRegime.OutOfMemory && r.ContextTokens > beyond)
                    .Select(r => (int?)r.ContextTokens).Min();
                var then = end is { } at ? $", and {DescribeEnd(MemoryRegime.OutOfMemory, at)}" : "";
                if (regime is MemoryRegime.OutOfMemory or MemoryRegime.Refused)
                {
                    var rate = Finding.InsideTps is { } known ? $" ({NumberFormat.Rate(known)})" : "";
                    return inside is { } last
                        ? $"works up to {NumberFormat.Context(last)}{rate} and {DescribeEnd(regime, beyond)}"
                        : $"{DescribeEnd(regime, beyond)}, its smallest context";
                }
                var where = inside is { } from
                    ? $"between {NumberFormat.Context(from)} and {NumberFormat.Context(beyond)}"
                    : $"at {NumberFormat.Context(beyond)}";
                return Finding.CollapseFactor is { } factor
                    ? $"becomes {AtLeast(Finding.BeyondIsBound)}{NumberFormat.Factor(factor)} times slower {where}, "
                        + $"from {NumberFormat.Rate(Finding.InsideTps)} "
                        + $"to {AtMost(Finding.BeyondIsBound)}{NumberFormat.Rate(Finding.BeyondTps)} ({RegimeFormat.Name(regime)}){then}"
                    : $"is {RegimeFormat.Name(regime)} {where}{then}";
            }
        }

        private static string DescribeEnd(MemoryRegime regime, int context) => regime == MemoryRegime.Refused
            ? $"is refused at {NumberFormat.Context(context)}"
            : $"runs out of memory at {NumberFormat.Context(context)}";

        private static string AtLeast(bool isBound) => isBound ? "at least " : "";

        private static string AtMost(bool isBound) => isBound ? "at most " : "";
    }
}
