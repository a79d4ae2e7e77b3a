using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Analysis.Walls;
using MemoryWall.Charts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

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
                .. walls.Select(wall => $"{wall.Series.Name} (run {wall.Series.Run.Manifest.RunId}): {WallPhrases.Format(wall.Verdict)}"),
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
            var anyCompleted = walls.Any(wall => wall.Series.Contexts.Any(context => context.Completed > 0));
            return (walls.Max(wall => wall.Finding.InsideTokens), anyCompleted) switch
            {
                ({ } largest, _) => $"No memory wall up to {NumberFormat.Context(largest)} tokens",
                (_, true) => "Whether memory gives way is unknown: no reading of the server's memory shows it",
                _ => "No trial completed",
            };
        }
        var beyond = hit.Min(wall => wall.Finding.BeyondTokens!.Value);
        var survivors = from wall in walls
                        where wall.Finding.BeyondTokens is null
                        let context = wall.Series.Contexts.LastOrDefault(context => context.GenerationTps is not null)
                        where context is not null && context.ContextTokens >= beyond
                        select $"{wall.Series.Name} still answers at {NumberFormat.Rate(context.GenerationTps!.Median)} "
                            + $"after {NumberFormat.Context(context.ContextTokens)} tokens";
        var title = walls.Count == 1
            ? $"the system {WallPhrases.FormatClause(walls[0].Verdict)}"
            : string.Join("; ", hit.Select(wall => $"{wall.Series.Name} {WallPhrases.FormatShortClause(wall.Verdict)}").Concat(survivors)
                .Concat(walls.Where(wall => wall.Finding.BeyondTokens is null).SelectMany(wall => DescribeFailure(wall, beyond))));
        return WordFormat.Capitalize(title);
    }

    // Without a wall of its own, a system that does not answer there either must not pass for a survivor.
    private static IEnumerable<string> DescribeFailure(RunWall wall, int beyond) =>
        wall.Series.FailedTrials.Where(view => view.Trial.ContextTokens >= beyond).OrderBy(view => view.Trial.ContextTokens).Take(1)
            .Select(view => $"{wall.Series.Name} {(view.Trial.Outcome is TimedOut ? "" : "ended as ")}"
                + $"{WordFormat.Words(view.Trial.Outcome.Kind)} at {NumberFormat.Context(view.Trial.ContextTokens)}");

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
        public WallVerdict Verdict { get; } = Series.Run.WallVerdict;
    }
}
