using MemoryWall.Runs.Files;

namespace MemoryWall.Lake.Tables;

/// <summary>Some columns of a Parquet file, cell by cell, with a check of their types.</summary>
internal sealed class TableCells
{
    private readonly string _path;
    private readonly Dictionary<string, Array> _columns;

    private TableCells(string path, Dictionary<string, Array> columns) => (_path, _columns) = (path, columns);

    /// <summary>How many rows there are.</summary>
    public int Rows => _columns.Values.Min(column => column.Length);

    /// <summary>Reads columns of a file.</summary>
    /// <exception cref="StoreException">The file is missing or damaged, or lacks a column.</exception>
    public static async Task<TableCells> ReadAsync(string path, IReadOnlyList<string> columns, CancellationToken cancellation)
    {
        var values = await ParquetTable.ReadAsync(path, columns, cancellation).ConfigureAwait(false);
        return new TableCells(path, columns.Zip(values).ToDictionary(column => column.First, column => column.Second));
    }

    /// <summary>A text; null where it is absent.</summary>
    /// <exception cref="StoreException">The column has another type, as for all of these.</exception>
    public string? Text(string column, int row) => Of<string?>(column)[row];

    /// <summary>A list of words joined by <c>|</c>; empty where it is absent.</summary>
    public IReadOnlyList<string> Words(string column, int row) =>
        (Text(column, row) ?? "").Split('|', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A whole number; null where it is absent.</summary>
    public long? Whole(string column, int row) => Of<long?>(column)[row];

    /// <summary>A number; null where it is absent.</summary>
    public double? Number(string column, int row) => Of<double?>(column)[row];

    /// <summary>True or false; null where it is absent.</summary>
    public bool? Flag(string column, int row) => Of<bool?>(column)[row];

    private T[] Of<T>(string column) => _columns[column] as T[]
        ?? throw new StoreException(_path, $"its column {column} has another type than a lake's");
}
