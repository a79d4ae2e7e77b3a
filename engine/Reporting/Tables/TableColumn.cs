using MemoryWall.Charts;

namespace MemoryWall.Reporting.Tables;

/// <summary>A column of a table of typed rows.</summary>
/// <param name="Header">Its header, with the unit where the cells have none.</param>
/// <param name="Format">The cell of a row.</param>
/// <param name="IsNumber">Whether it contains numbers, which are aligned to the right.</param>
/// <param name="DropOrder">When it is left out of a table that is too wide: 1 first, then 2, …; 0 for never.</param>
internal sealed record TableColumn<TRow>(string Header, Func<TRow, string> Format, bool IsNumber = true, int DropOrder = 0);

/// <summary>Makes tables from columns and rows.</summary>
internal static class TableColumn
{
    /// <summary>One row for each item.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="rows">The items.</param>
    /// <param name="keyColumns">How many columns at the left identify a row.</param>
    public static TextTable ToTable<TRow>(this IReadOnlyList<TableColumn<TRow>> columns, IEnumerable<TRow> rows, int keyColumns = 1) =>
        new([.. columns.Select(column => new TextColumn(column.Header, column.IsNumber, column.DropOrder))],
            [.. rows.Select(row => columns.Select(column => column.Format(row)).ToList())])
        {
            KeyColumns = keyColumns,
        };
}
