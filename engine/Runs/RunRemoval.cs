using MemoryWall.Runs.Files;

namespace MemoryWall.Runs;

/// <summary>Removes the folder of a run.</summary>
internal static class RunRemoval
{
    /// <summary>Removes it, unless a process is writing it.</summary>
    /// <exception cref="StoreException">The folder is not that of a run, the run is being measured, or a file cannot be
    /// removed.</exception>
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
                foreach (var file in info.EnumerateFiles().Where(file => file.Name is not (RunFiles.Manifest or RunFiles.Lock)).ToList())
                    file.Delete();
            }
            info.Delete(recursive: true);
            return true;
        });
    }
}
