using MemoryWall.Runs.Archives;

namespace MemoryWall.Notebooks.Inputs;

/// <summary>Zip files of runs, unpacked for as long as this process runs: figures list the checksums of the files that they rest
/// on.</summary>
internal static class UnpackedArchives
{
    private static readonly Lock s_gate = new();
    private static readonly Dictionary<(string Path, DateTime Changed), string> s_folders = [];

    /// <summary>The folder with the runs of a zip file, one folder each.</summary>
    /// <param name="path">The file, in full.</param>
    /// <exception cref="MemoryWall.Runs.Files.StoreException">It cannot be read, or differs from its checksums.</exception>
    public static string Open(string path)
    {
        lock (s_gate)
        {
            var key = (path, File.GetLastWriteTimeUtc(path));
            if (s_folders.TryGetValue(key, out var known))
                return known;
            if (s_folders.Count == 0)
                AppDomain.CurrentDomain.ProcessExit += (_, _) => NamedRuns.Remove(s_folders.Values);
            var folder = Directory.CreateTempSubdirectory("memwall-archive-").FullName;
            try
            {
                RunArchive.Extract(path, folder);
            }
            catch
            {
                NamedRuns.Remove([folder]);
                throw;
            }
            return s_folders[key] = folder;
        }
    }
}
