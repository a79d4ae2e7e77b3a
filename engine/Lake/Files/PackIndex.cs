using MemoryWall.Lake.Tables;
using MemoryWall.Runs.Files;

namespace MemoryWall.Lake.Files;

/// <summary>The runs that a file of the table <c>runs</c> holds.</summary>
internal static class PackIndex
{
    /// <summary>Reads them.</summary>
    /// <exception cref="StoreException">The file is missing or damaged, or no file of that table.</exception>
    public static async Task<IReadOnlyList<RunVersion>> ReadAsync(string path, CancellationToken cancellation)
    {
        var columns = await ParquetTable.ReadAsync(path, [RunColumns.IdName, RunColumns.DigestName, RunColumns.RevisionName], cancellation)
            .ConfigureAwait(false);
        var (ids, digests, revisions) = ((string?[])columns[0], (string?[])columns[1], (long?[])columns[2]);
        var versions = new RunVersion[ids.Length];
        for (var i = 0; i < versions.Length; i++)
        {
            versions[i] = ids[i] is { } id && RunId.IsValid(id) && digests[i] is { Length: > 0 } digest
                && revisions[i] is >= 1 and var revision && revision <= LakeFileName.MaxRevision
                    ? new RunVersion(id, (int)revision, digest)
                    : throw new StoreException(path, "a row has no run id, digest or revision");
        }
        return versions.DistinctBy(version => version.RunId).Count() == versions.Length
            ? versions
            : throw new StoreException(path, "it has a run twice");
    }
}
