using DuckDB.NET.Data;
using MemoryWall.Lake.Files;
using MemoryWall.Lake.Queries;
using MemoryWall.Lake.Tables;

namespace MemoryWall.Lake;

/// <summary>Finds the files of a lake that are torn, damaged or of another form. Files of an earlier version lack columns, and are
/// sound.</summary>
internal static class LakeCheck
{
    /// <summary>The damaged ones among the files that a snapshot reads.</summary>
    /// <param name="snapshot">The lake.</param>
    /// <param name="tables">The tables to look at.</param>
    /// <param name="cancellation">Stops the search.</param>
    public static async Task<IReadOnlyDictionary<LakeFile, LakeProblem>> FindDamagedAsync(LakeSnapshot snapshot,
        IReadOnlyList<string> tables, CancellationToken cancellation)
    {
        var damaged = new Dictionary<LakeFile, LakeProblem>();
        using var session = LakeSession.Open(snapshot.Folder);
        foreach (var file in snapshot.Files)
        {
            foreach (var path in tables.Select(table => (Table: table, Path: snapshot.Folder.PathOf(table, file))))
            {
                var problem = await ParquetTable.FindProblemAsync(path.Path, LakeTables.Columns[path.Table],
                    LakeTables.HasOwnColumns(path.Table), cancellation).ConfigureAwait(false) ?? FindDamagedPage(session, path.Path);
                // A file that is gone is not damaged.
                if (problem is null || !File.Exists(snapshot.Folder.PathOf(LakeFolder.Runs, file)))
                    continue;
                damaged[file] = new LakeProblem(path.Path, $"{problem}; {Name(file)} left out", LosesRuns: true);
                break;
            }
        }
        return damaged;
    }

    private static string? FindDamagedPage(LakeSession session, string path)
    {
        try
        {
            session.Read($"SELECT count(COLUMNS(*)) FROM read_parquet({SqlText.Quote(path)})");
            return null;
        }
        catch (DuckDBException error)
        {
            return SqlStatement.ToOneLine(error.Message);
        }
    }

    private static string Name(LakeFile file) =>
        file.Name is RunFileName { Version.RunId: var id } ? $"the run {id} is" : "its runs are";
}
