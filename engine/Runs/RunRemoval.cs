using MemoryWall.Runs.Files;

namespace MemoryWall.Runs;

/// <summary>Removes the files of a run, and its folder if nothing else is in it.</summary>
internal static class RunRemoval
{
    private const int MaxNamed = 5;

    /// <summary>Removes it, unless a process is writing it.</summary>
    /// <exception cref="StoreException">The folder is not that of a run, the run is being measured, a file cannot be
    /// removed, or the folder stays because it contains something else.</exception>
    public static void Remove(string folder)
    {
        var info = new DirectoryInfo(folder);
        // The folder behind a link is not the store's own.
        if (info.LinkTarget is not null)
            throw new StoreException(folder, "the folder is a link to another one; remove the link yourself");
        if (!File.Exists(Path.Combine(folder, RunFiles.Manifest)))
            throw new StoreException(folder, "the folder has no run.json, so it is not known to be a run; remove it yourself");
        StoreException.WrapIOErrors(folder, "removing the run", () =>
        {
            using (RunLock.Acquire(folder, FileMode.OpenOrCreate, "the run is being measured; wait until it ends, or stop it"))
            {
                // The manifest goes last, so that what an error leaves is still a run.
                foreach (var file in info.EnumerateFiles()
                    .Where(file => RunFiles.IsOwn(file.Name) && file.Name is not (RunFiles.Manifest or RunFiles.Lock)).ToList())
                    file.Delete();
            }
            File.Delete(Path.Combine(folder, RunFiles.Manifest));
            File.Delete(Path.Combine(folder, RunFiles.Lock));
            if (!info.EnumerateFileSystemInfos().Any())
                info.Delete(recursive: false);
            return true;
        });
        if (!Directory.Exists(folder))
            return;
        var left = info.EnumerateFileSystemInfos().Select(entry => entry.Name).Order(StringComparer.Ordinal).ToList();
        throw StoreException.FromSentence(folder, $"The run is removed. Its folder {folder} stays, because it contains files that are not "
            + $"the run's: {string.Join(", ", left.Take(MaxNamed))}{(left.Count > MaxNamed ? ", …" : "")}.");
    }
}
