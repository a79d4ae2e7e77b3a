using MemoryWall.Core.Files;
using MemoryWall.Lake.Tables;
using MemoryWall.Runs.Files;

namespace MemoryWall.Lake.Files;

/// <summary>How files of a lake appear and disappear: the one in <c>runs</c> last, and first.</summary>
internal static class LakeFiles
{
    /// <summary>Gives the temporary files of a run or of a pack their names.</summary>
    /// <exception cref="IOException">It failed. The runs are not in the lake.</exception>
    public static void Publish(LakeFolder lake, LakeFile file, bool isDurable)
    {
        foreach (var table in LakeFolder.Tables)
        {
            NewFileName.Give(lake.TemporaryPathOf(table, file), lake.PathOf(table, file));
            if (isDurable)
                DurableFile.SyncDirectory(lake.FolderOf(table, file.Partition));
        }
    }

    /// <summary>Removes a file from every table, and what is left of its temporary ones. What cannot be removed stays and is not
    /// read.</summary>
    public static void TryRemove(LakeFolder lake, LakeFile file)
    {
        foreach (var table in LakeFolder.Tables.Reverse())
        {
            if (!TryDelete(lake.PathOf(table, file)) && table == LakeFolder.Runs)
                return;
            TryDelete(lake.TemporaryPathOf(table, file));
        }
    }

    /// <summary>When a run of a file began; null where the file is not there any more.</summary>
    /// <exception cref="StoreException">The file is damaged.</exception>
    public static async Task<DateTime?> ReadStartAsync(string path, string runId, CancellationToken cancellation)
    {
        try
        {
            var columns = await ParquetTable.ReadAsync(path, [RunColumns.IdName, RunColumns.StartName], cancellation).ConfigureAwait(false);
            return Array.IndexOf((string?[])columns[0], runId) is >= 0 and var row ? ((DateTime?[])columns[1])[row] : null;
        }
        catch (StoreException) when (!File.Exists(path))
        {
            return null;
        }
    }

    /// <summary>Deletes a file; false where it stays.</summary>
    public static bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
