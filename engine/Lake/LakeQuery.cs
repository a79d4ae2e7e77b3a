using DuckDB.NET.Data;
using MemoryWall.Lake.Files;
using MemoryWall.Lake.Queries;
using MemoryWall.Runs.Files;

namespace MemoryWall.Lake;

/// <summary>Runs SQL on the tables of a lake.</summary>
internal static class LakeQuery
{
    // Others may compact the lake while it is read, again and again.
    private const int MaxAttempts = 8;

    /// <summary>Runs a statement that reads.</summary>
    /// <param name="lake">The lake, which may be empty.</param>
    /// <param name="sql">One statement of the user.</param>
    /// <param name="maxRows">As many rows are read at most.</param>
    /// <param name="consume">Reads the rows. It is called again from the start where the lake changed, or a file of it is damaged.</param>
    /// <param name="cancellation">Stops the statement.</param>
    /// <returns>What is in the folder and was not read.</returns>
    /// <exception cref="FormatException">The statement is wrong; the message is one line.</exception>
    /// <exception cref="StoreException">The lake cannot be read.</exception>
    public static async Task<IReadOnlyList<LakeProblem>> RunAsync(LakeFolder lake, string sql, long maxRows, Action<LakeRows> consume,
        CancellationToken cancellation)
    {
        var tables = LakeViews.FindTables(sql);
        var damaged = new Dictionary<LakeFile, LakeProblem>();
        for (var attempt = 1; ; attempt++)
        {
            var snapshot = (await LakeSnapshot.ReadAsync(lake, cancellation).ConfigureAwait(false)).Without(damaged);
            Exception problem;
            try
            {
                Run(snapshot, sql, maxRows, consume, cancellation);
                return snapshot.Problems;
            }
            catch (DuckDBException) when (cancellation.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellation);
            }
            catch (DuckDBException error)
            {
                problem = SqlStatement.ToError(error);
            }
            catch (StoreException error)
            {
                problem = error;
            }
            // A file that is gone was packed or replaced. What is still there and cannot be read is damaged.
            if (attempt == MaxAttempts)
                throw problem;
            var found = await LakeCheck.FindDamagedAsync(snapshot, tables, cancellation).ConfigureAwait(false);
            if (found.Count == 0 && await IsUnchangedAsync(snapshot, damaged.Keys, cancellation).ConfigureAwait(false))
                throw problem;
            foreach (var (file, why) in found)
                damaged[file] = why;
        }
    }

    private static async Task<bool> IsUnchangedAsync(LakeSnapshot snapshot, IEnumerable<LakeFile> damaged, CancellationToken cancellation)
    {
        var now = await LakeSnapshot.ReadAsync(snapshot.Folder, cancellation).ConfigureAwait(false);
        return now.AllFiles.Except(damaged).ToHashSet().SetEquals(snapshot.AllFiles);
    }

    private static void Run(LakeSnapshot snapshot, string sql, long maxRows, Action<LakeRows> consume, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var session = LakeSession.Open(snapshot.Folder);
        SqlStatement.RequireQuery(session, sql);
        foreach (var table in LakeViews.FindTables(sql))
            LakeViews.Create(session, snapshot, table);
        using var command = session.CreateCommand(sql);
        using var stop = new QueryStop(command, cancellation);
        using var reader = command.ExecuteReader();
        consume(new LakeRows(reader, maxRows, cancellation));
    }
}
