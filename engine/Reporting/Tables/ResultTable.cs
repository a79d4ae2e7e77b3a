using System.Globalization;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Runs.Csv;

namespace MemoryWall.Reporting.Tables;

/// <summary>The rows of a statement of the user, with the values as they are.</summary>
internal static class ResultTable
{
    private const int MaxCellLength = 120;

    /// <summary>One row for each row of the result.</summary>
    /// <param name="columns">The names of the columns, and whether they contain numbers.</param>
    /// <param name="rows">The rows, each as long as the columns; null where a value is absent.</param>
    public static TextTable Create(IEnumerable<(string Name, bool IsNumber)> columns, IEnumerable<IReadOnlyList<object?>> rows) =>
        new([.. columns.Select(column => new TextColumn(WordFormat.SingleLine(column.Name, MaxCellLength), column.IsNumber))],
            [.. rows.Select(row => row.Select(Format).ToList())]);

    private static string Format(object? value) => value switch
    {
        null => NumberFormat.Absent,
        DateTime time => FormatTime(time),
        _ => WordFormat.SingleLine(CsvCell.FormatUnescaped(value) ?? "", MaxCellLength),
    };

    /// <summary>A point in time as text that sorts by time and that programs read.</summary>
    public static string FormatTime(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture);
}
