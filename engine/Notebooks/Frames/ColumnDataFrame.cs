using MemoryWall.Core.Tables;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Frames;

/// <summary>
/// Declared columns as a data frame. The type of a column follows from its declaration alone: whole numbers are <see cref="long"/>,
/// seconds and other numbers <see cref="double"/>, flags <see cref="bool"/>, all else text.
/// </summary>
internal static class ColumnDataFrame
{
    public static DataFrame Create<TRow>(IEnumerable<Column<TRow>> columns, IReadOnlyList<TRow> rows) =>
        new(columns.Select(column => CreateColumn(column, rows)));

    private static DataFrameColumn CreateColumn<TRow>(Column<TRow> column, IReadOnlyList<TRow> rows)
    {
        var values = rows.Select(column.Get);
        return column.Type switch
        {
            ColumnType.Integer => new PrimitiveDataFrameColumn<long>(column.Name, values.Select(value => (long?)value)),
            ColumnType.Seconds => new PrimitiveDataFrameColumn<double>(column.Name, values.Select(value => (double?)(decimal?)value)),
            ColumnType.Number => new PrimitiveDataFrameColumn<double>(column.Name, values.Select(value => (double?)value)),
            ColumnType.Flag => new PrimitiveDataFrameColumn<bool>(column.Name, values.Select(value => (bool?)value)),
            ColumnType.Words => new StringDataFrameColumn(column.Name,
                values.Select(value => string.Join('|', (IReadOnlyList<string>?)value ?? []))),
            _ => new StringDataFrameColumn(column.Name, values.Select(value => (string)value!)),
        };
    }
}
