using MemoryWall.Core.Tables;

namespace MemoryWall.Lake.Tables;

/// <summary>A table of the lake whose columns are declared.</summary>
/// <param name="name">Its name.</param>
/// <param name="columns">The columns of its rows, without the run's id.</param>
internal sealed class LakeTable<TRow>(string name, IReadOnlyList<Column<TRow>> columns)
{
    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Its columns, the run's id first.</summary>
    public IReadOnlyList<LakeColumn> Columns { get; } = [RunColumns.Id, .. columns.Select(column =>
        new LakeColumn(column.Name, TypeOf(column.Type), column.Unit, column.Meaning, column.Absent))];

    /// <summary>The rows of a run.</summary>
    public TableContent Fill(string runId, IReadOnlyList<TRow> rows) =>
        new([RunColumns.Repeat(runId, rows.Count), .. columns.Select(column => Fill(column, rows))], rows.Count);

    private static LakeType TypeOf(ColumnType type) => type switch
    {
        ColumnType.Integer => LakeType.Integer,
        ColumnType.Seconds or ColumnType.Number => LakeType.Number,
        ColumnType.Flag => LakeType.Flag,
        _ => LakeType.Text,
    };

    private static ColumnValues Fill(Column<TRow> column, IReadOnlyList<TRow> rows) =>
        new(column.Name, TypeOf(column.Type), Read(column, rows));

    private static Array Read(Column<TRow> column, IReadOnlyList<TRow> rows) => column.Type switch
    {
        ColumnType.Integer => Convert(rows, row => (long?)column.Get(row)),
        ColumnType.Seconds => Convert(rows, row => (double?)(decimal?)column.Get(row)),
        ColumnType.Number => Convert(rows, row => FiniteOrNull((double?)column.Get(row))),
        ColumnType.Flag => Convert(rows, row => (bool?)column.Get(row)),
        ColumnType.Words => Convert(rows, row => string.Join('|', (IReadOnlyList<string>?)column.Get(row) ?? [])),
        _ => Convert(rows, row => (string?)column.Get(row)),
    };

    private static double? FiniteOrNull(double? number) => number is { } known && double.IsFinite(known) ? known : null;

    private static TValue[] Convert<TValue>(IReadOnlyList<TRow> rows, Func<TRow, TValue> read)
    {
        var values = new TValue[rows.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = read(rows[i]);
        return values;
    }
}
