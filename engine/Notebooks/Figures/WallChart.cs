using MemoryWall.Analysis.Walls;
using MemoryWall.Charts;
using MemoryWall.Facts;

namespace MemoryWall.Notebooks.Figures;

/// <summary>Throughput of several systems over context, with the walls that were forecast and those that were hit.</summary>
internal static class WallChart
{
    public static Chart Of(IReadOnlyList<Run> runs)
    {
        var all = Series.Of(runs);
        var walls = all.DistinctBy(series => series.Run).Select(series => new RunWall(series, WallFinding.Of(series.Run))).ToList();
        var chart = CourseChart.Of(runs, Title(walls), CourseChart.Generation, CourseChart.Blended);
        var contexts = Series.AllContexts(all).ToList();
        var rules = Rules(walls, contexts).ToList();
        return chart with
        {
            X = Axis.Context(contexts.Concat(rules.Select(rule => rule.At))),
            Panels = [.. chart.Panels.Select((panel, index) => panel with
            {
                Marks = [.. panel.Marks, .. index == 0 ? walls.SelectMany(Moved) : []],
                Rules = [.. index == 0 ? rules : rules.Select(rule => rule with { Label = "" })],
            })],
            Notes = [.. walls.Select(wall => $"{wall.Series.Name}: {wall.Finding.Describe()}"), .. chart.Notes],
        };
    }

    private static string Title(IReadOnlyList<RunWall> walls)
    {
        var hit = walls.Where(wall => wall.Finding.BeyondTokens is not null).ToList();
        if (hit.Count == 0)
        {
            var largest = walls.SelectMany(wall => wall.Series.Contexts).Where(context => context.Completed > 0).Select(context => context.ContextTokens).DefaultIfEmpty(0).Max();
            return largest == 0 ? "Nothing was measured" : $"No wall up to {Say.Context(largest)}";
        }
        var beyond = hit.Min(wall => wall.Finding.BeyondTokens!.Value);
        var survivors = from wall in walls
                        where wall.Finding.BeyondTokens is null
                        let context = wall.Series.Contexts.LastOrDefault(context => context.GenerationTps is not null)
                        where context is not null && context.ContextTokens >= beyond
                        select $"{wall.Series.Name} still generates {Say.Rate(context.GenerationTps!.Median)} at {Say.Context(context.ContextTokens)}";
        var title = string.Join("; ", hit.Select(wall => $"{(walls.Count > 1 ? wall.Series.Name : "the system")} {wall.Fate}").Concat(survivors));
        return char.ToUpperInvariant(title[0]) + title[1..];
    }

    private static IEnumerable<Rule> Rules(IReadOnlyList<RunWall> walls, List<double> contexts)
    {
        // Arms of one cap have one forecast; a tier is there to go past it.
        var forecasts = walls.Where(wall => wall.Finding is { PredictedTokens: > 0, BudgetBytes: not null } && wall.Series.Run.Manifest.Plan is { Cap: not null, Options.Tier: null })
            .GroupBy(wall => (wall.Finding.PredictedTokens!.Value, wall.Finding.BudgetBytes!.Value));
        foreach (var forecast in forecasts.Where(forecast => contexts.Count > 0 && forecast.Key.Item1 >= contexts.Min() / 2 && forecast.Key.Item1 <= contexts.Max() * 2))
            yield return new Rule(RuleDirection.Vertical, forecast.Key.Item1, $"forecast for {Say.Bytes(forecast.Key.Item2)}: {Say.Tokens(forecast.Key.Item1)}", Ink.Text, Dash.Dotted);
        foreach (var wall in walls.Where(wall => wall.Finding.BeyondTokens is not null))
        {
            var (inside, beyond) = (wall.Finding.InsideTokens ?? wall.Finding.BeyondTokens!.Value, wall.Finding.BeyondTokens!.Value);
            yield return new Rule(RuleDirection.Vertical, Math.Sqrt((double)inside * beyond), $"wall: {(inside == beyond ? $"at or below {Say.Context(beyond)}" : $"{Say.Context(inside)} to {Say.Context(beyond)}")}{(walls.Count > 1 ? $", {wall.Series.Name}" : "")}", wall.Series.Color);
        }
    }

    // Trials that ran to their end although pages were moved: their outcome is no failure, their place is beyond the wall.
    private static IEnumerable<Mark> Moved(RunWall wall)
    {
        var views = Runs.Analysis(wall.Series.Run).Trials.ToLookup(view => view.Trial.Number);
        return wall.Finding.Regimes.Where(regime => regime.Regime is MemoryRegime.Spilling or MemoryRegime.Slowed or MemoryRegime.Thrashing)
            .Select(regime => (Regime: regime, View: views[regime.Trial].Last())).Where(entry => entry.View is { Trial.Outcome: Completed, GenerationRate: not null })
            .GroupBy(entry => entry.Regime.Regime)
            .Select(group => new Scatter($"{group.Key.ToString().ToLowerInvariant()}: {wall.Series.Name}", wall.Series.Color,
                [.. group.Select(entry => new ChartPoint(entry.View.Trial.ContextTokens, entry.View.GenerationRate!.Value.PerSecond, entry.Regime.Evidence))],
                group.Key == MemoryRegime.Spilling ? Symbol.Triangle : Symbol.Cross));
    }

    private sealed record RunWall(Series Series, WallFinding Finding)
    {
        /// <summary>What becomes of the system at its wall.</summary>
        public string Fate
        {
            get
            {
                var (inside, beyond, regime) = (Finding.InsideTokens, Finding.BeyondTokens!.Value, Finding.Beyond!.Regime);
                var death = Finding.Regimes.Where(r => r.Regime is MemoryRegime.OutOfMemory && r.ContextTokens > beyond).Select(r => (int?)r.ContextTokens).Min();
                var then = death is { } at ? $", and dies at {Say.Context(at)} (out of memory)" : "";
                if (regime is MemoryRegime.OutOfMemory or MemoryRegime.Refused)
                {
                    var end = regime == MemoryRegime.Refused ? $"is refused at {Say.Context(beyond)}" : $"dies at {Say.Context(beyond)} (out of memory)";
                    return inside is { } last ? $"works up to {Say.Context(last)}{(Finding.InsideTps is { } rate ? $" ({Say.Rate(rate)})" : "")} and {end}" : $"{end}, its smallest context";
                }
                var where = inside is { } from ? $"between {Say.Context(from)} and {Say.Context(beyond)}" : $"at {Say.Context(beyond)}";
                var most = Finding.BeyondIsBound ? "at most " : "";
                return Finding.CollapseFactor is { } factor
                    ? $"collapses {(Finding.BeyondIsBound ? "at least " : "")}{Say.Times(factor)} times {where}, from {Say.Rate(Finding.InsideTps)} to {most}{Say.Rate(Finding.BeyondTps)} ({regime.ToString().ToLowerInvariant()}){then}"
                    : $"is {regime.ToString().ToLowerInvariant()} {where}{then}";
            }
        }
    }
}
