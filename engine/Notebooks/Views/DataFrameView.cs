using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Views;

/// <summary>The first rows and columns of a DataFrame.</summary>
internal static class DataFrameView
{
    private const int MaxRows = 20;
    private const int MaxColumns = 14;

    public static View Create(DataFrame frame)
    {
        var view = new View().AddTable(CreateTable(frame));
        return frame.Rows.Count > MaxRows || frame.Columns.Count > MaxColumns
            ? view.AddLine(
                $"{NumberFormat.Tokens(frame.Rows.Count)} rows and {NumberFormat.Tokens(frame.Columns.Count)} columns; "
                + $"the first {Math.Min(MaxRows, frame.Rows.Count)} rows and "
                + $"{Math.Min(MaxColumns, frame.Columns.Count)} columns are shown.")
            : view;
    }

    public static TextTable CreateTable(DataFrame frame)
    {
        var columns = frame.Columns.Take(MaxColumns).ToList();
        return new TextTable([.. columns.Select(column => new TextColumn(column.Name, column is not StringDataFrameColumn))],
            [.. Enumerable.Range(0, (int)Math.Min(MaxRows, frame.Rows.Count))
                .Select(row => (IReadOnlyList<string>)[.. columns.Select(column => FormatValue(column[row]))])]);
    }

    private static string FormatValue(object? value) => value switch
    {
        null => NumberFormat.Absent,
        string text => text.Length > 60 ? text[..60] + "…" : text,
        double number => NumberFormat.Number(number),
        bool flag => flag ? "yes" : "no",
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
