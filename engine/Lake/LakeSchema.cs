using MemoryWall.Core.Tables;
using MemoryWall.Lake.Tables;
using MemoryWall.Reporting.Schema;

namespace MemoryWall.Lake;

/// <summary>The documentation of the tables of a lake. Their units begin with the type in SQL.</summary>
internal static class LakeSchema
{
    /// <summary>The name of the list of the types of the table <c>trials</c>.</summary>
    public const string TrialTypes = "lake.trials types";

    /// <summary>The tables; of <c>trials</c> the columns that <c>trials.csv</c> and the rates do not have.</summary>
    public static IReadOnlyList<SchemaTable> Tables { get; } =
    [
        .. new[] { "runs", "tokens", "telemetry", "verdicts" }.Select(table => Create(table, LakeTables.Columns[table])),
        Create("trials", LakeTables.Columns["trials"].Where(column => column.Name == RunColumns.IdName
            || TrialRow.Own.Any(own => own.Name == column.Name))),
    ];

    /// <summary>The columns of <c>trials</c> by their types.</summary>
    public static IReadOnlyList<(string Type, IEnumerable<string> Columns)> TypesOfTrials { get; } =
        [.. LakeTables.Columns["trials"].GroupBy(column => column.SqlType)
            .Select(type => (type.Key, (IEnumerable<string>)[.. type.Select(column => column.Name)]))];

    private static SchemaTable Create(string table, IEnumerable<LakeColumn> columns) => new($"lake.{table}",
        [.. columns.Select(column => new FieldDoc(column.Name,
            column.Unit.Length == 0 ? column.SqlType : $"{column.SqlType}, {column.Unit}", column.Meaning, column.Absent))]);
}
