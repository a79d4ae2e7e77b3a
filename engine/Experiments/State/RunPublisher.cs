using System.Security.Cryptography;
using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;

namespace MemoryWall.Experiments.State;

/// <summary>
/// Moves a finished run into the folder of the results, where it appears as a whole or not at all: it is copied to a hidden name there,
/// flushed to the disk, and renamed. Of several attempts of a cell the first one wins, and the others return false.
/// </summary>
internal static class RunPublisher
{
    private const int NonceLength = 8;

    /// <summary>Publishes a run of the same file system.</summary>
    /// <param name="run">Its folder, which is gone after that.</param>
    /// <param name="root">The folder of the results.</param>
    /// <returns>Whether it is the result; false where there was one.</returns>
    /// <exception cref="StoreException">It cannot be moved.</exception>
    public static bool Move(string run, string root) => StoreException.WrapIOErrors(root, "moving a run there",
        () => Rename(run, Path.Combine(root, Path.GetFileName(run))));

    /// <summary>Publishes a copy of a run.</summary>
    /// <param name="run">Its folder, which stays.</param>
    /// <param name="root">The folder of the results.</param>
    /// <returns>Whether it is the result; false where there was one.</returns>
    /// <exception cref="StoreException">It cannot be copied.</exception>
    public static bool Copy(string run, string root) => StoreException.WrapIOErrors(root, "copying a run there", () =>
    {
        var target = Path.Combine(root, Path.GetFileName(run));
        if (Directory.Exists(target))
            return false;
        var nonce = RandomNumberGenerator.GetHexString(NonceLength, lowercase: true);
        var temporary = Path.Combine(root, PrefixOf(Path.GetFileName(run)) + nonce);
        try
        {
            Directory.CreateDirectory(temporary);
            foreach (var file in Directory.EnumerateFiles(run))
                CopyFile(file, temporary);
            DurableFile.SyncDirectory(temporary);
            return Rename(temporary, target);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    });

    /// <summary>Removes hidden copies that publishers left which were killed. What cannot be removed stays and is not read.</summary>
    /// <param name="root">A folder that runs are published to; it may be missing.</param>
    /// <param name="runs">The ids of runs that no process is measuring.</param>
    /// <param name="time">The clock.</param>
    public static void RemoveAbandoned(string root, IEnumerable<string> runs, TimeProvider time)
    {
        var prefixes = runs.Select(PrefixOf).ToHashSet(StringComparer.Ordinal);
        if (!Directory.Exists(root))
            return;
        foreach (var path in Directory.EnumerateDirectories(root, ".*"))
        {
            var name = Path.GetFileName(path);
            try
            {
                if (name.Length > NonceLength && prefixes.Contains(name[..^NonceLength]) && FileFacts.Read(path)?.Kind == FileKind.Folder
                    && AbandonedFile.IsOld(path, time))
                    Directory.Delete(path, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Another user's, or another process removes it too.
            }
        }
    }

    private static string PrefixOf(string run) => $".{run}-";

    private static bool Rename(string folder, string target)
    {
        try
        {
            // The system renames no folder to the name of one that has files.
            Directory.Move(folder, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            return false;
        }
        DurableFile.SyncDirectory(Path.GetDirectoryName(target)!);
        return true;
    }

    private static void CopyFile(string file, string folder)
    {
        var name = Path.GetFileName(file);
        if (!RunFiles.IsContent(name) && name != RunFiles.Seal)
            return;
        using var source = RegularFile.OpenRead(file);
        using var copy = RegularFile.Open(Path.Combine(folder, name),
            new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None });
        source.CopyTo(copy);
        copy.Flush(flushToDisk: true);
    }
}
