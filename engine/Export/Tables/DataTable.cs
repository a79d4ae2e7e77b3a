using MemoryWall.Core.Tables;

namespace MemoryWall.Export.Tables;

/// <summary>A column of a table that other programs read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Unit">Its unit; empty where it has none.</param>
/// <param name="Meaning">What it is, in one sentence.</param>
internal sealed record DataColumn(string Name, string Unit, string Meaning)
{
    /// <summary>The name with its unit.</summary>
    public string Header => Unit.Length == 0 ? Name : $"{Name} [{Unit}]";
}

/// <summary>A table of typed values: numbers, flags, dates, texts; null where a value is absent.</summary>
/// <param name="Name">Its name, at most 31 characters.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">The rows, each as long as <paramref name="Columns"/>.</param>
internal sealed record DataTable(string Name, IReadOnlyList<DataColumn> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows)
{
    /// <summary>A table of declared columns.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="columns">The declarations.</param>
    /// <param name="rows">The rows.</param>
    public static DataTable Create<TRow>(string name, IReadOnlyList<Column<TRow>> columns, IEnumerable<TRow> rows) => new(name,
        [.. columns.Select(column => new DataColumn(column.Name, column.Unit, column.Meaning))],
        [.. rows.Select(row => columns.Select(column => column.Get(row)).ToList())]);

    /// <summary>The table with a first column that has the same value in each row.</summary>
    public DataTable Prepend(DataColumn column, object? value) =>
        this with { Columns = [column, .. Columns], Rows = [.. Rows.Select(row => (IReadOnlyList<object?>)[value, .. row])] };

    /// <summary>Tables of the same columns as one.</summary>
    public static DataTable Concat(IReadOnlyList<DataTable> tables) =>
        tables[0] with { Rows = [.. tables.SelectMany(table => table.Rows)] };
}
