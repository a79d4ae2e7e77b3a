using MemoryWall.Audit;
using MemoryWall.Charts;
using MemoryWall.Facts;
using MemoryWall.Notebooks.Frames;

namespace MemoryWall.Notebooks.Figures;

/// <summary>A run with other tools' results beside it. Theirs are points at the contexts that they tell, as they were reported; doubted ones are crosses.</summary>
internal static class AuditedChart
{
    private static readonly (CourseOf Ours, Func<AuditRecord, Place?> Theirs)[] s_quantities =
    [
        (CourseChart.Ttft, record => Place.Of(record.PromptTokens, record.TtftSeconds)),
        // Behind a depth it is another rate than that of a whole prompt.
        (CourseChart.Prefill, record => record.DepthTokens > 0 ? null : Place.Of(record.PromptTokens, record.PrefillTps)),
        (CourseChart.Generation, record => Place.Of(record.DepthTokens ?? record.PromptTokens, record.GenerationTps)),
    ];

    public static Chart Of(Run run, IReadOnlyList<AuditedFile> files)
    {
        var chart = CourseChart.Of([run], title: null, [.. s_quantities.Select(quantity => quantity.Ours)]);
        var ours = Series.Of([run]);
        var panels = s_quantities.Where(quantity => chart.Panels.Any(panel => panel.Y.Title == quantity.Ours.Axis)).ToList();
        var points = panels.Select(panel => files.Select(file => file.Records.Where(record => record.Succeeded != false).Select(record => (Record: record, At: panel.Theirs(record))).Where(point => point.At is not null)
            .Select(point => (point.Record, At: point.At!.Value)).ToList()).ToList()).ToList();
        return chart with
        {
            Title = Title(run, files, points[^1]) ?? chart.Title,
            Subtitle = $"{chart.Subtitle} · beside it {Say.List(files.Select(file => $"{file.Tool ?? "nothing"} ({file.Name})"))}",
            X = Axis.Context(Series.AllContexts(ours).Concat(points.SelectMany(panel => panel.SelectMany(file => file.Select(point => point.At.Context))))),
            Panels = [.. chart.Panels.Select((panel, index) => panel with { Marks = [.. panel.Marks, .. files.SelectMany((file, place) => Marks(file, points[index][place], ours.Count + place, panels[index].Ours))] })],
            Notes = [.. files.SelectMany(file => Notes(file, points.Sum(panel => panel[files.ToList().IndexOf(file)].Count))), .. chart.Notes],
            Table = new TextTable([new TextColumn("of", IsNumber: false), new TextColumn("context"), .. panels.Select(panel => new TextColumn(panel.Ours.Name)), new TextColumn("doubts", IsNumber: false)],
                [.. Ours(ours, panels), .. files.SelectMany((file, place) => Theirs(file, place, panels, points))]),
        };
    }

    private static IEnumerable<Mark> Marks(AuditedFile file, List<(AuditRecord Record, Place At)> points, int place, CourseOf quantity)
    {
        foreach (var group in points.GroupBy(point => AuditFrame.Doubts(file, point.Record).Any()))
            yield return new Scatter(group.Key ? $"doubted: {file.Name}" : file.Name, Theme.Series(place),
                [.. group.Select(point => new ChartPoint(point.At.Context, point.At.Value, $"{quantity.Say(point.At.Value)}, {point.Record.Test ?? $"record {point.Record.Number}"}{string.Concat(AuditFrame.Doubts(file, point.Record).Select(rule => $", {rule}"))}"))],
                group.Key ? Symbol.Cross : Theme.Sign(place));
    }

    private static IEnumerable<string> Notes(AuditedFile file, int shown)
    {
        foreach (var doubt in file.Doubts)
            yield return $"{file.Name}: {doubt.Rule}: {doubt.Sentence}";
        if (file.Tool is null || shown == 0)
            yield return $"{file.Name}: {(file.Tool is null ? string.Join("; ", file.Notes) : "no record tells both a context above 0 and a quantity of these")}";
    }

    private static string? Title(Run run, IReadOnlyList<AuditedFile> files, List<List<(AuditRecord Record, Place At)>> generation)
    {
        var measured = Runs.Analysis(run).Contexts.Where(context => context.GenerationTps is not null).ToList();
        var shared = measured.Where(context => generation.Any(file => file.Any(point => point.At.Context == context.ContextTokens))).MaxBy(context => context.ContextTokens);
        if (shared is null)
            return null;
        var theirs = files.Zip(generation).Select(file => (file.First.Name, Points: file.Second.Where(point => point.At.Context == shared.ContextTokens).Select(point => point.At.Value).ToList())).Where(file => file.Points.Count > 0)
            .Select(file => $"{(file.Points.Count == 1 ? Say.Rate(file.Points[0]) : $"{Say.Rate(file.Points.Min())} to {Say.Rate(file.Points.Max())}")} ({file.Name})");
        return $"Generation at {Say.Context(shared.ContextTokens)}: {Say.Rate(shared.GenerationTps!.Median)} in this run beside {Say.List(theirs)}";
    }

    private static IEnumerable<IReadOnlyList<string>> Ours(IReadOnlyList<Series> ours, List<(CourseOf Ours, Func<AuditRecord, Place?> Theirs)> panels) =>
        from series in ours
        from context in series.Contexts
        select (IReadOnlyList<string>)[series.Name, Say.Tokens(context.ContextTokens), .. panels.Select(panel => panel.Ours.Value(context) is { } value ? panel.Ours.Say(value.Median) : Say.Absent), ""];

    private static IEnumerable<IReadOnlyList<string>> Theirs(AuditedFile file, int place, List<(CourseOf Ours, Func<AuditRecord, Place?> Theirs)> panels, List<List<List<(AuditRecord Record, Place At)>>> points) =>
        points.SelectMany(panel => panel[place]).DistinctBy(point => point.Record.Number).OrderBy(point => point.Record.Number).Select(point => (IReadOnlyList<string>)
            [file.Name, Say.Tokens(point.At.Context), .. panels.Select(panel => panel.Theirs(point.Record) is { } at ? panel.Ours.Say(at.Value) : Say.Absent), string.Join(", ", AuditFrame.Doubts(file, point.Record))]);

    /// <summary>A value at a context, both above 0.</summary>
    private readonly record struct Place(double Context, double Value)
    {
        public static Place? Of(double? context, double? value) => context > 0 && value > 0 ? new Place(context.Value, value.Value) : null;
    }
}
