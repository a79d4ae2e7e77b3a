using MemoryWall.Analysis.Reports;
using MemoryWall.Audit;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Figures;

/// <summary>A run together with results of other tools. Each of their records is a point at the context and value that the tool reported;
/// a doubted record is a cross.</summary>
internal static class AuditedChart
{
    private static readonly (ContextQuantity Ours, Func<AuditRecord, ContextValue?> Theirs)[] s_quantities =
    [
        (ContextChart.Ttft, record => ContextValue.TryCreate(Prompt(record), record.TtftSeconds)),
        // With a context depth above 0, the prefill rate is not that of a whole prompt.
        (ContextChart.Prefill, record => record.DepthTokens > 0 ? null : ContextValue.TryCreate(Prompt(record), record.PrefillTps)),
        (ContextChart.Generation, record => ContextValue.TryCreate(record.DepthTokens ?? Prompt(record), record.GenerationTps)),
    ];

    // A tool that does not count the prompt has what it was asked for.
    private static double? Prompt(AuditRecord record) => record.PromptTokens ?? record.PromptTokensAsked;

    public static Chart Create(RunReport run, IReadOnlyList<AuditedFile> files)
    {
        var chart = ContextChart.Create([run], title: null, [.. s_quantities.Select(quantity => quantity.Ours)]);
        var ours = Series.CreateAll([run]);
        var panels = s_quantities.Where(quantity => chart.Panels.Any(panel => panel.Y.Title == quantity.Ours.AxisTitle)).ToList();
        var points = panels.Select(
            panel =>
                files.Select(
                    file => file.Records.Where(record => record.Succeeded != false)
                        .Select(record => (Record: record, At: panel.Theirs(record))).Where(point => point.At is not null)
            .Select(point => (point.Record, At: point.At!.Value)).ToList()).ToList()).ToList();
        return chart with
        {
            Title = Title(run, files, points[^1]) ?? chart.Title,
            Subtitle =
                $"{chart.Subtitle} · with {WordFormat.List(files.Select(file => $"{file.Tool ?? "unknown tool"} ({file.Name})"))}",
            X = Axis.ForContexts(
                Series.GetAllContexts(ours)
                    .Concat(points.SelectMany(panel => panel.SelectMany(file => file.Select(point => point.At.Context))))),
            Panels = [
                .. chart.Panels.Select(
                    (panel, index) =>
                        panel with { Marks = [.. panel.Marks,
                            .. files.SelectMany(
                                (file, place) => CreateMarks(file, points[index][place], ours.Count + place, panels[index].Ours))] })],
            Notes = [.. files.SelectMany(file => CreateNotes(file, points.Sum(panel => panel[files.ToList().IndexOf(file)].Count))),
                .. chart.Notes],
            Table = new TextTable(
                [new TextColumn("source", IsNumber: false), new TextColumn("context"),
                    .. panels.Select(panel => new TextColumn(panel.Ours.Name)), new TextColumn("doubts", IsNumber: false)],
                [.. FormatOwnRows(ours, panels), .. files.SelectMany((file, place) => FormatAuditedRows(file, place, panels, points))]),
        };
    }

    private static IEnumerable<Mark> CreateMarks(AuditedFile file, List<(AuditRecord Record, ContextValue At)> points, int place,
        ContextQuantity quantity)
    {
        foreach (var group in points.GroupBy(point => AuditSchema.FindDoubts(file, point.Record).Any()))
            yield return new Scatter(group.Key ? $"doubted: {file.Name}" : file.Name, Theme.SeriesColor(place),
                [.. group.Select(
                    point => new ChartPoint(point.At.Context, point.At.Value,
                        string.Join(", ", AuditSchema.FindDoubts(file, point.Record)
                            .Prepend(point.Record.Test ?? $"record {point.Record.Number}").Prepend(quantity.Format(point.At.Value)))))],
                group.Key ? Symbol.Cross : Theme.SeriesSymbol(place));
    }

    private static IEnumerable<string> CreateNotes(AuditedFile file, int shown)
    {
        foreach (var doubt in file.Doubts)
            yield return $"{file.Name}: {AuditPhrases.FormatDoubt(doubt)}";
        if (file.Tool is null || shown == 0)
            yield return $"{file.Name}: " + (file.Tool is null
                ? string.Join("; ", file.Notes)
                : "no record has both a context above 0 and one of these values");
    }

    private static string? Title(RunReport run, IReadOnlyList<AuditedFile> files,
        List<List<(AuditRecord Record, ContextValue At)>> generation)
    {
        var measured = run.Contexts.Where(context => context.GenerationTps is not null).ToList();
        var shared = measured.Where(context => generation.Any(file => file.Any(point => point.At.Context == context.ContextTokens)))
            .MaxBy(context => context.ContextTokens);
        if (shared is null)
            return null;
        var theirs = files.Zip(generation)
            .Select(file => (file.First.Name,
                Points: file.Second.Where(point => point.At.Context == shared.ContextTokens).Select(point => point.At.Value).ToList()))
                .Where(file => file.Points.Count > 0)
            .Select(file =>
                $"{DescribeRange(file.Points)} ({file.Name})");
        return $"Generation at {NumberFormat.Context(shared.ContextTokens)}: "
            + $"{NumberFormat.Rate(shared.GenerationTps!.Median)} in this run, "
            + WordFormat.List(theirs);
    }

    private static string DescribeRange(List<double> rates) =>
        rates.Count == 1 ? NumberFormat.Rate(rates[0]) : $"{NumberFormat.Rate(rates.Min())} to {NumberFormat.Rate(rates.Max())}";

    private static IEnumerable<IReadOnlyList<string>> FormatOwnRows(IReadOnlyList<Series> ours,
        List<(ContextQuantity Ours, Func<AuditRecord, ContextValue?> Theirs)> panels) =>
        from series in ours
        from context in series.Contexts
        select (IReadOnlyList<string>)[series.Name, NumberFormat.Tokens(context.ContextTokens),
            .. panels.Select(panel => panel.Ours.GetValue(context) is { } value ? panel.Ours.Format(value.Median) : NumberFormat.Absent),
            ""];

    private static IEnumerable<IReadOnlyList<string>> FormatAuditedRows(AuditedFile file, int place,
        List<(ContextQuantity Ours, Func<AuditRecord, ContextValue?> Theirs)> panels,
        List<List<List<(AuditRecord Record, ContextValue At)>>> points) =>
        points.SelectMany(panel => panel[place]).DistinctBy(point => point.Record.Number).OrderBy(point => point.Record.Number)
            .Select(point => (IReadOnlyList<string>)
            [file.Name, NumberFormat.Tokens(point.At.Context),
                .. panels.Select(panel => panel.Theirs(point.Record) is { } at ? panel.Ours.Format(at.Value) : NumberFormat.Absent),
                string.Join(", ", AuditSchema.FindDoubts(file, point.Record))]);

    /// <summary>A value at a context. Both are above 0.</summary>
    private readonly record struct ContextValue(double Context, double Value)
    {
        public static ContextValue? TryCreate(double? context, double? value) =>
            context > 0 && value > 0 ? new ContextValue(context.Value, value.Value) : null;
    }
}
