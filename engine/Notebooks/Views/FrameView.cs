using MemoryWall.Charts;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Views;

/// <summary>The head of a table of data.</summary>
internal static class FrameView
{
    private const int MostRows = 20;
    private const int MostColumns = 14;

    public static View Of(DataFrame frame)
    {
        var view = new View().Table(Table(frame));
        return frame.Rows.Count > MostRows || frame.Columns.Count > MostColumns
            ? view.Line($"{Say.Tokens(frame.Rows.Count)} rows, {Say.Tokens(frame.Columns.Count)} columns; the first {Math.Min(MostRows, frame.Rows.Count)} and {Math.Min(MostColumns, frame.Columns.Count)} are shown.")
            : view;
    }

    public static TextTable Table(DataFrame frame)
    {
        var columns = frame.Columns.Take(MostColumns).ToList();
        return new TextTable([.. columns.Select(column => new TextColumn(column.Name, column is not StringDataFrameColumn))],
            [.. Enumerable.Range(0, (int)Math.Min(MostRows, frame.Rows.Count)).Select(row => (IReadOnlyList<string>)[.. columns.Select(column => Cell(column[row]))])]);
    }

    private static string Cell(object? value) => value switch
    {
        null => Say.Absent,
        string text => text.Length > 60 ? text[..60] + "…" : text,
        double number => Say.Number(number),
        bool flag => flag ? "yes" : "no",
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
