using MemoryWall.Charts;
using MemoryWall.Facts;
using MemoryWall.Memory;
using MemoryWall.Units;

namespace MemoryWall.Notebooks.Figures;

/// <summary>Throughput of several systems over context, with the walls that were forecast and those that were hit.</summary>
internal static class WallChart
{
    public static Chart Of(IReadOnlyList<Run> runs)
    {
        var all = Series.Of(runs);
        var walls = all.Select(series => (Series: series, Wall: MeasuredWall.Of(series))).ToList();
        var chart = CourseChart.Of(runs, Title(walls), CourseChart.Blended, CourseChart.Generation);
        List<Rule> rules =
        [
            .. Forecasts(all).Where(forecast => Near(all, forecast.Tokens)).Select(forecast => new Rule(RuleDirection.Vertical, forecast.Tokens, forecast.Label, forecast.Color, Dash.Dotted)),
            .. walls.Where(entry => entry.Wall is { Last: not null }).Select(entry => new Rule(RuleDirection.Vertical, entry.Wall!.Middle, $"wall hit: {entry.Wall.Describe()} ({entry.Series.Name})", entry.Series.Color)),
        ];
        return chart with
        {
            X = Axis.Context(Series.AllContexts(all).Concat(Forecasts(all).Select(forecast => (double)forecast.Tokens).Where(tokens => Near(all, tokens)))),
            Panels = [.. chart.Panels.Select((panel, index) => panel with { Rules = [.. index == 0 ? rules : rules.Select(rule => rule with { Label = "" })] })],
            Notes = [.. chart.Notes, .. Forecasts(all).Where(forecast => !Near(all, forecast.Tokens)).Select(forecast => $"{forecast.Label}: {Say.Tokens(forecast.Tokens)} tokens, outside of what was measured")],
        };
    }

    private static string Title(IReadOnlyList<(Series Series, MeasuredWall? Wall)> walls)
    {
        var hit = walls.Where(entry => entry.Wall is not null).ToList();
        var largest = walls.SelectMany(entry => entry.Series.Contexts).Select(context => context.ContextTokens).DefaultIfEmpty(0).Max();
        if (hit.Count == 0)
            return largest == 0 ? "Nothing was measured" : $"No wall up to {Say.Context(largest)}: every trial completed";
        var sentences = hit.Select(entry => $"{(walls.Count > 1 ? Capital(entry.Series.Name) : "The system")} {entry.Wall!.Fate}").ToList();
        var survivors = from entry in walls
                        where entry.Wall is null
                        let context = entry.Series.Contexts.LastOrDefault(c => c.BlendedTps is not null)
                        where context is not null && context.ContextTokens >= hit.Min(other => other.Wall!.First)
                        select $"{entry.Series.Name} still gives {Say.Rate(context.BlendedTps!.Median)} at {Say.Context(context.ContextTokens)}";
        return string.Join("; ", sentences.Concat(survivors));
    }

    // What a limit is held against: without swap what cannot be dropped, else all that becomes resident.
    private static IEnumerable<(double Tokens, string Label, Ink Color)> Forecasts(IReadOnlyList<Series> all)
    {
        foreach (var group in all.Where(series => series.Run.Manifest is { Plan.Cap: not null, Target.Shape: { WeightBytes: not null, VocabularySize: not null } })
            .GroupBy(series => (series.Run.Manifest.Plan.Cap!.Bytes, NoSwap: series.Run.Manifest.Plan.Cap.SwapBytes is 0, series.Run.Manifest.Plan.Options.KvType)))
        {
            var run = group.First().Run.Manifest;
            var settings = ForecastSettings.From(run.Plan.Options);
            if (MemoryForecast.Check(run.Target.Shape!, settings).Count > 0)
                continue;
            var basis = group.Key.NoSwap ? ForecastBasis.Anonymous : ForecastBasis.Resident;
            if (MemoryForecast.Wall(run.Target.Shape!, settings, new MemoryBudget(new ByteSize(group.Key.Bytes), Basis: basis)).WallTokens is { } tokens)
                yield return (tokens, $"wall forecast for {new ByteSize(group.Key.Bytes)}", Ink.Text);
        }
    }

    private static bool Near(IReadOnlyList<Series> all, double tokens)
    {
        var contexts = Series.AllContexts(all).ToList();
        return contexts.Count > 0 && tokens >= contexts.Min() / 2 && tokens <= contexts.Max() * 2;
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>Where a system stopped being usable: between the last context at which all completed and the first at which one failed for memory.</summary>
    private sealed record MeasuredWall(int? Last, int First, string Kind, double? Before, double? After)
    {
        public double Middle => Math.Sqrt((double)(Last ?? First) * First);

        public string Describe() => $"between {Say.Context(Last ?? First)} and {Say.Context(First)}";

        public string Fate => Kind == "thrashing" && Before > After
            ? $"collapses {Say.Times(Before.Value / After!.Value)} times past {Say.Context(Last ?? First)}, from {Say.Rate(Before)} to {Say.Rate(After)}, thrashing at {Say.Context(First)}"
            : Last is null ? $"fails at {Say.Context(First)}, its smallest context ({Say.Kind(Kind)})"
            : $"works up to {Say.Context(Last.Value)}{(Before is null ? "" : $" ({Say.Rate(Before)})")} and dies at {Say.Context(First)} ({Say.Kind(Kind)})";

        public static MeasuredWall? Of(Series series)
        {
            var failed = series.Failed.Where(view => view.Trial.Outcome is OutOfMemory or Thrashing or TargetDied or TimedOut).OrderBy(view => view.Trial.ContextTokens).ToList();
            if (failed.Count == 0)
                return null;
            var first = failed[0].Trial;
            var last = series.Contexts.LastOrDefault(context => context.ContextTokens < first.ContextTokens && context.BlendedTps is not null);
            var thrashed = failed.Select(view => view.BlendedRate?.PerSecond).OfType<double>().ToList();
            return new MeasuredWall(last?.ContextTokens, first.ContextTokens, first.Outcome.Kind, last?.BlendedTps?.Median, thrashed.Count > 0 ? thrashed.Min() : null);
        }
    }
}
