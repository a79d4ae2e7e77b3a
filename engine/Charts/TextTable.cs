using System.Text;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Charts;

/// <summary>A table of texts. Columns of numbers are aligned to the right.</summary>
/// <param name="Columns">The headers.</param>
/// <param name="Rows">The rows, each as long as <paramref name="Columns"/>.</param>
internal sealed record TextTable(IReadOnlyList<TextColumn> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>How many columns at the left identify a row; where a row becomes a record, they head it.</summary>
    public int KeyColumns { get; init; } = 1;

    /// <summary>The table as text, padded with spaces.</summary>
    public override string ToString()
    {
        var widths = Columns.Select(
            (column, index) => Rows.Select(row => ToSingleLine(row[index]).Length).Append(column.Header.Length).Max()).ToList();
        var text = new StringBuilder();
        AppendRow(text, [.. Columns.Select(column => column.Header)], widths);
        text.AppendJoin("  ", widths.Select(width => new string('─', width))).Append('\n');
        foreach (var row in Rows)
            AppendRow(text, row, widths);
        return text.ToString();
    }

    private void AppendRow(StringBuilder text, IReadOnlyList<string> cells, List<int> widths) => text
        .Append(string.Join("  ",
            cells.Select(
                (cell, index) => Columns[index].IsNumber
                    ? ToSingleLine(cell).PadLeft(widths[index])
                    : ToSingleLine(cell).PadRight(widths[index]))).TrimEnd())
        .Append('\n');

    // A text from an external server can contain control characters, which would break the line or move the cursor.
    internal static string ToSingleLine(string text) => SafeText.ToSingleLine(text);
}

/// <summary>A column of a table.</summary>
/// <param name="Header">Its header, with the unit.</param>
/// <param name="IsNumber">Whether it contains numbers, which are aligned to the right.</param>
/// <param name="DropOrder">When it is left out of a table that is too wide: 1 first, then 2, …; 0 for never.</param>
internal sealed record TextColumn(string Header, bool IsNumber = true, int DropOrder = 0);
