namespace MemoryWall.Lake.Tables;

/// <summary>The columns by which tables are joined.</summary>
internal static class RunColumns
{
    public const string IdName = "run_id";
    public const string StartName = "started_utc";
    public const string RevisionName = "run_revision";
    public const string DigestName = "run_digest";

    /// <summary>The first column of every table.</summary>
    public static LakeColumn Id { get; } = new(IdName, LakeType.Text, "", "The run's id.");

    /// <summary>The run's id in each row.</summary>
    public static ColumnValues Repeat(string runId, int rows)
    {
        var values = new string?[rows];
        Array.Fill(values, runId);
        return new ColumnValues(IdName, LakeType.Text, values);
    }
}
