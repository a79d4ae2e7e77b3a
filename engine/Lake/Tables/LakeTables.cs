using MemoryWall.Analysis.Reports;
using MemoryWall.Runs.Schema;

namespace MemoryWall.Lake.Tables;

/// <summary>The tables of the lake.</summary>
internal static class LakeTables
{
    private static readonly LakeColumn s_started = new(RunColumns.StartName, LakeType.Time, "UTC",
        "Wall time at the origin of the run's clock.");

    private static readonly LakeTable<RunRow> s_runs = new("runs", RunRow.Columns);
    private static readonly LakeTable<TrialRow> s_trials = new("trials", TrialRow.Columns);
    private static readonly LakeTable<TokenRow> s_tokens = new("tokens", TokenSchema.Columns);
    private static readonly LakeTable<VerdictRow> s_verdicts = new("verdicts", VerdictRow.Columns);

    /// <summary>The partitions, which are in the names of the folders and columns of every table.</summary>
    public static IReadOnlyList<(string Name, string SqlType)> Partitions { get; } =
        [("schema_version", "BIGINT"), ("started_month", "DATE")];

    /// <summary>The declared columns of each table by its name. Files of <c>telemetry</c> have those of their machine too.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<LakeColumn>> Columns { get; } =
        new Dictionary<string, IReadOnlyList<LakeColumn>>
        {
            ["runs"] = [s_runs.Columns[0], s_started, .. s_runs.Columns.Skip(1)],
            ["trials"] = s_trials.Columns,
            ["tokens"] = s_tokens.Columns,
            ["telemetry"] = TelemetryTable.Columns,
            ["verdicts"] = s_verdicts.Columns,
        };

    /// <summary>Whether the files of a table have further columns, which are numbers.</summary>
    public static bool HasOwnColumns(string table) => table == "telemetry";

    /// <summary>The rows of a run in each table by its name, and the columns of telemetry that are left out.</summary>
    public static (IReadOnlyDictionary<string, TableContent> Tables, IReadOnlyList<string> LeftOut) Fill(RunReport report, int revision,
        string digest)
    {
        var id = report.Manifest.RunId;
        var runs = s_runs.Fill(id, [new RunRow(report, revision, digest)]);
        var started = new ColumnValues(s_started.Name, s_started.Type, new DateTime?[] { report.Manifest.StartedUtc.UtcDateTime });
        var tokens = report.Run.Marks.OrderBy(entry => entry.Key)
            .SelectMany(entry => entry.Value.Select(mark => new TokenRow(entry.Key, mark))).ToList();
        var (telemetry, leftOut) = TelemetryTable.Fill(id, report.Run);
        return (new Dictionary<string, TableContent>
        {
            ["runs"] = runs with { Columns = [runs.Columns[0], started, .. runs.Columns.Skip(1)] },
            ["trials"] = s_trials.Fill(id, TrialRow.Create(report)),
            ["tokens"] = s_tokens.Fill(id, tokens),
            ["telemetry"] = telemetry,
            ["verdicts"] = s_verdicts.Fill(id, VerdictRow.Create(report)),
        }, leftOut);
    }
}
