using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Facts;
using Quantity = MemoryWall.Analysis.MetricSummary;

namespace MemoryWall.Notebooks.Figures;

/// <summary>A quantity over context.</summary>
/// <param name="Name">Its name in tables, for example <c>TTFT</c>.</param>
/// <param name="Axis">Its axis' title, with the unit.</param>
/// <param name="Value">The quantity of a context.</param>
/// <param name="Say">A value in words.</param>
/// <param name="Scale">How its axis is divided.</param>
/// <param name="IsDuration">Whether less is better: what never came stands at the top then, not at the bottom.</param>
internal sealed record CourseOf(string Name, string Axis, Func<ContextSummary, Quantity?> Value, Func<double, string> Say, AxisScale Scale = AxisScale.Logarithmic, bool IsDuration = false);

/// <summary>Quantities over context, one panel each: lines through medians, bands for their intervals, crosses for failures.</summary>
internal static class CourseChart
{
    public static readonly CourseOf Ttft = new("TTFT", "TTFT, seconds (log)", context => context.TtftSeconds, value => Say.Seconds(value), IsDuration: true);
    public static readonly CourseOf Prefill = new("prefill", "prefill, tokens/s (log)", context => context.PrefillTps, value => Say.Rate(value));
    public static readonly CourseOf Generation = new("generation", "generation, tokens/s (log)", context => context.GenerationTps, value => Say.Rate(value));
    public static readonly CourseOf Blended = new("blended", "blended, tokens/s (log)", context => context.BlendedTps, value => Say.Rate(value));

    public static Chart Of(IReadOnlyList<Run> runs, string? title, params CourseOf[] quantities)
    {
        var all = Series.Of(runs);
        // What no trial has (TTFT where depth was taken without being computed) gets no empty panel.
        if (quantities.Where(quantity => all.Any(series => series.Contexts.Any(context => quantity.Value(context) is not null))).ToArray() is [_, ..] known)
            quantities = known;
        var contexts = Series.AllContexts(all).ToList();
        return new Chart
        {
            Title = title ?? Title(all, quantities),
            Subtitle = RunLabels.Origin(runs) + Spread(all, quantities),
            X = Axis.Context(contexts),
            Panels = [.. quantities.Select(quantity => Panel(all, quantity))],
            Notes = [.. all.SelectMany(series => series.Notes())],
            Table = Table(all, quantities),
        };
    }

    private static Panel Panel(IReadOnlyList<Series> all, CourseOf quantity)
    {
        var lines = all.SelectMany(series => series.Course(quantity.Value, quantity.Say)).ToList();
        var known = lines.OfType<Line>().SelectMany(line => line.Points).Select(point => point.Y).OfType<double>().DefaultIfEmpty(1).ToList();
        // What reached nothing stands at the border; several at one context stand beside each other, so that none hides another.
        var dead = all.SelectMany(series => series.Failed).Where(view => Reached(view, quantity) is null).GroupBy(view => view.Trial.ContextTokens).ToDictionary(group => group.Key, group => group.ToList());
        double Border(TrialView view)
        {
            var place = dead[view.Trial.ContextTokens].FindIndex(other => ReferenceEquals(other, view));
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
            Y = new Axis(quantity.Axis, quantity.Scale),
            Marks = [.. lines, .. all.SelectMany(series => series.Failures(view => Reached(view, quantity) ?? Border(view), all.Count > 1))],
        };
    }

    // A trial that thrashed to its end has a true rate; of one that was stopped the bound is all there is, and its text says so.
    private static double? Reached(TrialView view, CourseOf quantity) => quantity.Name switch
    {
        "prefill" => view.PrefillRate?.PerSecond,
        "generation" => view.GenerationRate?.PerSecond ?? view.MaxGenerationRate?.PerSecond,
        "blended" => view.BlendedRate?.PerSecond,
        _ => view.Trial.Client.TimeToFirstToken?.TotalSeconds,
    };

    private static string Title(IReadOnlyList<Series> all, IReadOnlyList<CourseOf> quantities)
    {
        var sentences = quantities.Select(quantity => all.Count == 1 ? Change(all[0], quantity) : Beside(all, quantity)).OfType<string>().ToList();
        if (sentences.Count > 0)
            return Capital(string.Join("; ", sentences));
        return all.Any(series => series.Failed.Count > 0) ? $"No {quantities[0].Name} was measured: trials failed at every context" : $"No {quantities[0].Name} was measured";
    }

    private static string? Change(Series series, CourseOf quantity)
    {
        var known = series.Contexts.Where(context => quantity.Value(context) is not null).ToList();
        if (known.Count == 0)
            return null;
        var (first, last) = (known[0], known[^1]);
        var (from, to) = (quantity.Value(first)!.Median, quantity.Value(last)!.Median);
        if (known.Count == 1)
            return $"{quantity.Name} is {quantity.Say(from)} at {Say.Context(first.ContextTokens)}";
        var contexts = (double)last.ContextTokens / first.ContextTokens;
        return to >= from
            ? $"{quantity.Name} grows {Say.Times(to / from)} times, from {quantity.Say(from)} at {Say.Context(first.ContextTokens)} to {quantity.Say(to)} at {Say.Context(last.ContextTokens)} ({Say.Times(contexts)} times the context)"
            : $"{quantity.Name} falls to {Say.Percent(to / from)}, from {quantity.Say(from)} at {Say.Context(first.ContextTokens)} to {quantity.Say(to)} at {Say.Context(last.ContextTokens)}";
    }

    private static string? Beside(IReadOnlyList<Series> all, CourseOf quantity)
    {
        var shared = all.Select(series => series.Contexts.Where(context => quantity.Value(context) is not null).Select(context => context.ContextTokens)).Aggregate((one, other) => one.Intersect(other)).ToList();
        if (shared.Count == 0)
            return null;
        var at = shared.Max();
        var values = all.Select(series => $"{quantity.Say(quantity.Value(series.Contexts.First(context => context.ContextTokens == at))!.Median)} ({series.Name})");
        return $"{quantity.Name} at {Say.Context(at)}: {Say.List(values)}";
    }

    private static string Spread(IReadOnlyList<Series> all, IReadOnlyList<CourseOf> quantities)
    {
        var kinds = all.SelectMany(series => series.Contexts).SelectMany(context => quantities.Select(quantity => quantity.Value(context)?.Estimate.Kind)).Distinct().ToList();
        return kinds.Contains(Statistics.IntervalKind.Confidence) ? " · medians, bands: 95% intervals"
            : kinds.Contains(Statistics.IntervalKind.Range) ? " · medians, bands: range of the repetitions"
            : "";
    }

    private static TextTable Table(IReadOnlyList<Series> all, IReadOnlyList<CourseOf> quantities)
    {
        var named = all.Count > 1;
        TextColumn[] columns = [.. named ? [new TextColumn("series", IsNumber: false)] : Array.Empty<TextColumn>(), new("context"), .. quantities.Select(quantity => new TextColumn(quantity.Name)), new("completed")];
        return new TextTable(columns, [.. from series in all
                                          from context in series.Contexts
                                          select (IReadOnlyList<string>)[.. named ? [series.Name] : Array.Empty<string>(), Say.Tokens(context.ContextTokens),
                                              .. quantities.Select(quantity => quantity.Value(context) is { } value ? quantity.Say(value.Median) : Say.Absent), $"{context.Completed}/{context.Trials.Count}"]]);
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
