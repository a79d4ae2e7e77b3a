using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using Quantity = MemoryWall.Analysis.MetricSummary;

namespace MemoryWall.Reporting.Figures;

/// <summary>A quantity that is drawn over context.</summary>
/// <param name="Name">Its name in tables, for example <c>TTFT</c>.</param>
/// <param name="AxisTitle">The title of its axis, with the unit.</param>
/// <param name="GetValue">The quantity of a context.</param>
/// <param name="Format">Formats a value with its unit.</param>
/// <param name="Scale">The scale of its axis.</param>
/// <param name="IsDuration">Whether smaller is better. Failed trials are then drawn at the top instead of the bottom.</param>
internal sealed record ContextQuantity(string Name, string AxisTitle, Func<ContextSummary, Quantity?> GetValue,
    Func<double, string> Format, AxisScale Scale = AxisScale.Logarithmic, bool IsDuration = false);

/// <summary>Quantities over context, one panel each: lines through medians, bands for their intervals, crosses for failures.</summary>
internal static class ContextChart
{
    public static readonly ContextQuantity Ttft = new("TTFT", "TTFT, seconds (log)", context => context.TtftSeconds,
        value => NumberFormat.Duration(value), IsDuration: true);
    public static readonly ContextQuantity Prefill = new("prefill", "prefill, tokens/s (log)", context => context.PrefillTps,
        value => NumberFormat.Rate(value));
    public static readonly ContextQuantity Generation = new("generation", "generation, tokens/s (log)", context => context.GenerationTps,
        value => NumberFormat.Rate(value));
    public static readonly ContextQuantity Blended = new("blended", "blended, tokens/s (log)", context => context.BlendedTps,
        value => NumberFormat.Rate(value));

    public static Chart Create(IReadOnlyList<RunReport> runs, string? title, params ContextQuantity[] quantities)
    {
        var all = Series.CreateAll(runs);
        // A quantity that no trial has gets no empty panel; TTFT, for example, is absent where prefill was skipped.
        if (quantities.Where(quantity => all.Any(series => series.Contexts.Any(context => quantity.GetValue(context) is not null)))
            .ToArray() is [_, ..] known)
            quantities = known;
        var contexts = Series.GetAllContexts(all).ToList();
        return new Chart
        {
            Title = title ?? Title(all, quantities),
            Subtitle = FigureSubtitle.Create(runs) + DescribeIntervals(all, quantities),
            X = Axis.ForContexts(contexts),
            Panels = [.. quantities.Select(quantity => CreatePanel(all, quantity))],
            Notes = [.. all.SelectMany(series => series.CreateNotes())],
            Table = CreateTable(all, quantities),
        };
    }

    private static Panel CreatePanel(IReadOnlyList<Series> all, ContextQuantity quantity)
    {
        var lines = all.SelectMany(series => series.CreateMedianMarks(quantity.GetValue, quantity.Format)).ToList();
        var known = lines.OfType<Line>().SelectMany(line => line.Points).Select(point => point.Y).OfType<double>().DefaultIfEmpty(1)
            .ToList();
        // Trials without a value are drawn at the edge of the panel; several at one context are spread, so that none hides another.
        var withoutValue = all.SelectMany(series => series.FailedTrials).Where(view => GetReachedValue(view, quantity) is null)
            .GroupBy(view => view.Trial.ContextTokens).ToDictionary(group => group.Key, group => group.ToList());
        double GetEdge(TrialView view)
        {
            var place = withoutValue[view.Trial.ContextTokens].FindIndex(other => ReferenceEquals(other, view));
            var room = Math.Pow(Math.Max(known.Max() / known.Min(), 2), 0.07);
            return quantity switch
            {
                { Scale: AxisScale.Linear } => place * 0.07 * known.Max(),
                { IsDuration: true } => known.Max() * 1.3 / Math.Pow(room, place),
                _ => known.Min() / 1.3 * Math.Pow(room, place),
            };
        }
        return new Panel
        {
            Y = new Axis(quantity.AxisTitle, quantity.Scale),
            Marks = [.. lines,
                .. all.SelectMany(
                    series => series.CreateFailureMarks(view => GetReachedValue(view, quantity) ?? GetEdge(view), all.Count > 1))],
        };
    }

    // A trial that thrashed but completed has a rate. A trial that was stopped has only an upper bound, and its label says so.
    private static double? GetReachedValue(TrialView view, ContextQuantity quantity) => quantity.Name switch
    {
        "prefill" => view.PrefillRate?.PerSecond,
        "generation" => view.GenerationRate?.PerSecond ?? view.MaxGenerationRate?.PerSecond,
        "blended" => view.BlendedRate?.PerSecond,
        _ => view.Trial.Client.TimeToFirstToken?.TotalSeconds,
    };

    private static string Title(IReadOnlyList<Series> all, IReadOnlyList<ContextQuantity> quantities)
    {
        var sentences = quantities.Select(
            quantity => all.Count == 1 ? DescribeChange(all[0], quantity) : DescribeSharedContext(all, quantity)).OfType<string>().ToList();
        if (sentences.Count > 0)
            return WordFormat.Capitalize(string.Join("; ", sentences));
        return all.Any(series => series.FailedTrials.Count > 0)
            ? $"No {quantities[0].Name} was measured: trials failed at every context"
            : $"No {quantities[0].Name} was measured";
    }

    private static string? DescribeChange(Series series, ContextQuantity quantity)
    {
        var known = series.Contexts.Where(context => quantity.GetValue(context) is not null).ToList();
        if (known.Count == 0)
            return null;
        var (first, last) = (known[0], known[^1]);
        var (from, to) = (quantity.GetValue(first)!.Median, quantity.GetValue(last)!.Median);
        if (known.Count == 1)
            return $"{quantity.Name} is {quantity.Format(from)} at {NumberFormat.Context(first.ContextTokens)}";
        // Whether it is a change is a verdict, and needs repetitions; a title states what was measured.
        return $"{quantity.Name} goes from {quantity.Format(from)} at {NumberFormat.Context(first.ContextTokens)} "
            + $"to {quantity.Format(to)} at {NumberFormat.Context(last.ContextTokens)}";
    }

    private static string? DescribeSharedContext(IReadOnlyList<Series> all, ContextQuantity quantity)
    {
        if (all.Count == 0)
            return null;
        var shared = all.Select(
            series => series.Contexts.Where(context => quantity.GetValue(context) is not null).Select(context => context.ContextTokens))
            .Aggregate((one, other) => one.Intersect(other)).ToList();
        if (shared.Count == 0)
            return null;
        var at = shared.Max();
        var values = all.Select(
            series =>
                $"{quantity.Format(quantity.GetValue(series.Contexts.First(c => c.ContextTokens == at))!.Median)} ({series.Name})");
        return $"{quantity.Name} at {NumberFormat.Context(at)}: {WordFormat.List(values)}";
    }

    private static string DescribeIntervals(IReadOnlyList<Series> all, IReadOnlyList<ContextQuantity> quantities)
    {
        var kinds = all.SelectMany(series => series.Contexts)
            .SelectMany(context => quantities.Select(quantity => quantity.GetValue(context)?.Estimate.Kind)).Distinct().ToList();
        return kinds.Contains(MemoryWall.Statistics.IntervalKind.Confidence) ? " · medians, bands: 95% intervals"
            : kinds.Contains(MemoryWall.Statistics.IntervalKind.Range) ? " · medians, bands: range of the repetitions"
            : "";
    }

    private static TextTable CreateTable(IReadOnlyList<Series> all, IReadOnlyList<ContextQuantity> quantities)
    {
        var named = all.Count > 1;
        TextColumn[] columns = [.. named ? [new TextColumn("series", IsNumber: false)] : Array.Empty<TextColumn>(), new("context"),
            .. quantities.Select(quantity => new TextColumn(quantity.Name)), new("completed")];
        return new TextTable(columns, [.. from series in all
                                          from context in series.Contexts
                                          select (IReadOnlyList<string>)[.. named ? [series.Name] : Array.Empty<string>(),
                                              NumberFormat.Tokens(context.ContextTokens),
                                              .. quantities.Select(
                                                  quantity => quantity.GetValue(context) is { } value
                                                      ? quantity.Format(value.Median)
                                                      : NumberFormat.Absent), $"{context.Completed}/{context.Trials.Count}"]]);
    }
}
