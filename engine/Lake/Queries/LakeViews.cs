using System.Text.RegularExpressions;
using MemoryWall.Core.Primitives;
using MemoryWall.Lake.Files;
using MemoryWall.Lake.Tables;
using MemoryWall.Runs.Files;

namespace MemoryWall.Lake.Queries;

/// <summary>The tables of a lake as SQL sees them: every run once.</summary>
internal static partial class LakeViews
{
    /// <summary>The tables that a statement may use: those whose names are in it; all where none is, for example to list them.</summary>
    public static IReadOnlyList<string> FindTables(string sql)
    {
        var words = Word().Matches(sql).Select(match => match.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return LakeFolder.Tables.Where(words.Contains).ToList() is [_, ..] found ? found : LakeFolder.Tables;
    }

    /// <summary>Creates the view of a table, with its partitions as columns.</summary>
    /// <exception cref="StoreException">A file has other columns, so that the values of all files would be read as others.</exception>
    public static void Create(LakeSession session, LakeSnapshot lake, string table)
    {
        session.Execute($"CREATE VIEW {table} AS {SelectAll(lake, table)}");
        var declared = string.Join(", ", LakeTables.Columns[table].Select(column => (column.Name, column.SqlType))
            .Concat(LakeTables.Partitions).Select(column => $"({SqlText.Quote(column.Name)}, {SqlText.Quote(column.SqlType)})"));
        var other = LakeTables.HasOwnColumns(table) ? "'DOUBLE'" : "NULL";
        var wrong = session.Read("SELECT min(c.column_name) FROM duckdb_columns() c "
            + $"LEFT JOIN (VALUES {declared}) d(name, type) ON c.column_name = d.name "
            + $"WHERE c.table_name = {SqlText.Quote(table)} AND c.data_type IS DISTINCT FROM coalesce(d.type, {other})");
        if (wrong is string name)
            throw new StoreException(lake.Folder.Root, $"files of the table {table} differ in the column "
                + SafeText.ToSingleLine(name, SafeText.MaxNameLength));
    }

    // Rows of a pack whose runs are read from another file are left out. A column that no file has yet is absent and not an error.
    private static string SelectAll(LakeSnapshot lake, string table)
    {
        var plain = lake.Files.Where(file => lake.LeftOut.GetValueOrDefault(file, []).Count == 0).ToList();
        var selects = lake.Files.Except(plain).Select(file => $"{Select(lake, table, [file])} "
            + $"WHERE {RunColumns.IdName} NOT IN ({SqlText.QuoteAll(lake.LeftOut[file])})").ToList();
        if (plain.Count > 0)
            selects.Insert(0, Select(lake, table, plain));
        return string.Join(" UNION ALL BY NAME ", selects.Append(SelectNothing(table)));
    }

    private static string Select(LakeSnapshot lake, string table, IReadOnlyList<LakeFile> files)
    {
        var paths = SqlText.QuoteAll(files.Select(file => lake.Folder.PathOf(table, file)));
        var types = string.Join(", ", LakeTables.Partitions.Select(partition => $"{SqlText.Quote(partition.Name)}: {partition.SqlType}"));
        return $"SELECT * FROM read_parquet([{paths}], hive_partitioning = true, hive_types = {{{types}}}, union_by_name = true)";
    }

    // The columns of this version, in an empty lake too.
    private static string SelectNothing(string table) => "SELECT " + string.Join(", ",
        LakeTables.Columns[table].Select(column => (column.Name, column.SqlType)).Concat(LakeTables.Partitions)
            .Select(column => $"CAST(NULL AS {column.SqlType}) AS {SqlText.QuoteName(column.Name)}")) + " WHERE false";

    [GeneratedRegex("[A-Za-z_]+")]
    private static partial Regex Word();
}
