using DuckDB.NET.Data;
using MemoryWall.Core.Files;
using MemoryWall.Lake.Files;
using MemoryWall.Lake.Queries;
using MemoryWall.Lake.Tables;
using MemoryWall.Runs.Files;

namespace MemoryWall.Lake;

/// <summary>What a compaction did.</summary>
/// <param name="Packs">New packs.</param>
/// <param name="Runs">Runs that they hold.</param>
/// <param name="FilesBefore">Files of each table before.</param>
/// <param name="FilesAfter">Files of each table after.</param>
/// <param name="Problems">What is in the folder and was not packed.</param>
internal sealed record LakeCompaction(int Packs, int Runs, int FilesBefore, int FilesAfter, IReadOnlyList<LakeProblem> Problems);

/// <summary>
/// Packs the runs of each month into one file a table: a thousand small files take an engine a thousand times as long to open as one. A
/// pack has a new name and appears like a run, its table <c>runs</c> last; only then are the files removed whose runs it holds. So each run
/// is in one committed file at every moment, also while others add, read or compact, and wherever a process is killed; until the files
/// are removed it is in two, of which readers take one (<see cref="LakeSnapshot"/>).
/// </summary>
internal static class LakeCompactor
{
    /// <summary>Packs every month that has more than one file.</summary>
    /// <param name="lake">The lake.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Stops between two months; what is packed stays packed.</param>
    /// <exception cref="StoreException">The lake cannot be read or written.</exception>
    public static async Task<LakeCompaction> CompactAsync(LakeFolder lake, TimeProvider time, CancellationToken cancellation)
    {
        var lakeBefore = await LakeSnapshot.ReadAsync(lake, cancellation).ConfigureAwait(false);
        var (packs, runs, problems) = (0, 0, lakeBefore.Problems.ToList());
        foreach (var month in lakeBefore.AllFiles.Select(file => file.Partition).Distinct().OrderBy(month => month.Month))
        {
            cancellation.ThrowIfCancellationRequested();
            var sound = lakeBefore.Only(month);
            if (sound.AllFiles.Count < 2)
                continue;
            if (TryPack(sound, time, out var error) is not { } packed)
            {
                var damaged = await LakeCheck.FindDamagedAsync(sound, LakeFolder.Tables, cancellation).ConfigureAwait(false);
                problems.AddRange(damaged.Values);
                sound = sound.Without(damaged);
                // Another process has packed the month, or there is nothing left to pack.
                if (sound.AllFiles.Any(file => !File.Exists(lake.PathOf(LakeFolder.Runs, file))) || sound.AllFiles.Count < 2)
                    continue;
                packed = TryPack(sound, time, out error)
                    ?? throw new StoreException(lake.Root, $"packing it failed: {SqlStatement.ToOneLine(error!.Message)}", error);
            }
            (packs, runs) = (packs + 1, runs + packed);
            foreach (var file in sound.AllFiles)
                LakeFiles.TryRemove(lake, file);
        }
        RemoveAbandoned(lake, time);
        return new LakeCompaction(packs, runs, lakeBefore.AllFiles.Count, lake.List(LakeFolder.Runs).Files.Count, problems);
    }

    // The number of runs in the pack; null where it failed.
    private static int? TryPack(LakeSnapshot month, TimeProvider time, out Exception? problem)
    {
        var (lake, pack) = (month.Folder, new LakeFile(month.AllFiles[0].Partition, LakeFileName.ForPack(time.GetUtcNow())));
        problem = null;
        try
        {
            Write(month, pack);
            LakeFiles.Publish(lake, pack, isDurable: true);
            return month.RunIds.Count;
        }
        catch (Exception error) when (error is DuckDBException or IOException or UnauthorizedAccessException or StoreException)
        {
            LakeFiles.TryRemove(lake, pack);
            problem = error;
            return null;
        }
    }

    private static void Write(LakeSnapshot month, LakeFile pack)
    {
        // They are in the names of the folders.
        var partitions = string.Join(", ", LakeTables.Partitions.Select(partition => partition.Name));
        using var session = LakeSession.Open(month.Folder);
        foreach (var table in LakeFolder.Tables)
        {
            LakeViews.Create(session, month, table);
            var path = month.Folder.TemporaryPathOf(table, pack);
            session.Execute($"COPY (SELECT * EXCLUDE ({partitions}) FROM {table}) TO {SqlText.Quote(path)} "
                + "(FORMAT parquet, COMPRESSION zstd)");
            using var file = RegularFile.Open(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite });
            file.Flush(flushToDisk: true);
        }
        var runs = session.Read("SELECT count(DISTINCT run_id) FROM read_parquet("
            + SqlText.Quote(month.Folder.TemporaryPathOf(LakeFolder.Runs, pack)) + ")");
        if (runs is not long count || count != month.RunIds.Count)
            throw new StoreException(month.Folder.Root, FormattableString.Invariant($"the pack has {runs} of {month.RunIds.Count} runs"));
    }

    // What a killed process wrote and no reader opens: temporary files, and files of other tables without one in the table of runs.
    private static void RemoveAbandoned(LakeFolder lake, TimeProvider time)
    {
        foreach (var table in LakeFolder.Tables)
        {
            var orphans = table == LakeFolder.Runs ? []
                : lake.List(table).Files.Where(file => !File.Exists(lake.PathOf(LakeFolder.Runs, file)))
                    .Select(file => lake.PathOf(table, file));
            foreach (var path in lake.ListTemporary(table).Concat(orphans).Where(path => AbandonedFile.IsOld(path, time)))
                LakeFiles.TryDelete(path);
        }
    }
}
