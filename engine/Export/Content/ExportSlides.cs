using MemoryWall.Charts;
using MemoryWall.Export.Slides;
using MemoryWall.Reporting.Figures;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Export.Content;

/// <summary>The slides of runs.</summary>
internal static class ExportSlides
{
    private const int MaxPoints = 7;
    private const int RowsPerSlide = 20;

    // Columns that take more width than a slide has are left out in the order that the table declares.
    private const int MaxTableCharacters = 140;

    /// <summary>A slide of findings, one for each figure whose chart can be edited, and the table behind them.</summary>
    public static IReadOnlyList<Slide> Create(ExportContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var foot = content.Runs.Count == 1
            ? ProvenancePhrases.DescribeShortly(content.Runs[0])
            : string.Join("    ", content.Runs.Take(3).Select(run => "run " + run.Manifest.RunId));
        var slides = new List<Slide>
        {
            new()
            {
                Title = content.Findings[0],
                Subtitle = Mark(content, RunLabels.DescribeRuns([.. content.Runs.Select(run => run.Run)])),
                Points = [.. content.Findings.Skip(1).Take(MaxPoints)],
                Foot = foot,
                Notes = [.. content.Findings.Skip(1 + MaxPoints), .. content.Provenance],
            },
        };
        slides.AddRange(content.Figures.Where(figure => NativeChart.CanShow(figure.Chart)).Select(figure => new Slide
        {
            Title = figure.Chart.Title,
            Subtitle = figure.Chart.Badge is { } badge ? $"{badge} · {figure.Chart.Subtitle}" : figure.Chart.Subtitle,
            Chart = figure.Chart,
            Foot = foot,
            Notes = [.. figure.Chart.Notes, .. content.Provenance],
        }));
        slides.AddRange(from entry in content.Tables
                        from rows in entry.Table.Rows.Chunk(RowsPerSlide)
                        select new Slide
                        {
                            Title = entry.Finding ?? entry.Description,
                            Subtitle = DescribeTable(entry),
                            Table = Narrow(entry.Table) is var narrow
                                ? narrow with { Rows = [.. rows.Select(row => Select(entry.Table, narrow, row))] }
                                : null,
                            Foot = foot,
                            Notes = content.Provenance,
                        });
        return slides;
    }

    private static string Mark(ExportContent content, string subtitle) =>
        SampleMark.Describe([.. content.Runs.Select(run => run.Run)]) is { } sample ? $"{sample} · {subtitle}" : subtitle;

    private static string? DescribeTable(ExportTable table)
    {
        string?[] parts = [table.SampleMark, table.Finding is null ? null : table.Description];
        return string.Join(" · ", parts.OfType<string>()) is { Length: > 0 } text ? text : null;
    }

    private static TextTable Narrow(TextTable table)
    {
        var columns = table.Columns.ToList();
        while (columns.Sum(column => Width(table, column)) > MaxTableCharacters
            && columns.Where(column => column.DropOrder > 0).MinBy(column => column.DropOrder) is { } first)
            columns.Remove(first);
        return table with { Columns = columns };
    }

    private static int Width(TextTable table, TextColumn column) =>
        table.Rows.Select(row => row[IndexOf(table, column)].Length).Append(column.Header.Length).Max() + 2;

    private static IReadOnlyList<string> Select(TextTable all, TextTable narrow, IReadOnlyList<string> row) =>
        [.. narrow.Columns.Select(column => WordFormat.SingleLine(row[IndexOf(all, column)]))];

    private static int IndexOf(TextTable table, TextColumn column) => table.Columns.ToList().IndexOf(column);
}
