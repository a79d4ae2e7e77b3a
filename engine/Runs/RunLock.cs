using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs;

/// <summary>The lock of a run's folder. The process that writes the run holds it, and the system releases it when that process
/// ends.</summary>
internal static class RunLock
{
    /// <summary>Takes the lock until it is disposed.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="mode">Whether the file has to be new.</param>
    /// <param name="taken">What it means that another process has it.</param>
    /// <exception cref="StoreException">Another process has it, or the file cannot be opened.</exception>
    public static FileStream Acquire(string folder, FileMode mode, string taken)
    {
        var path = Path.Combine(folder, RunFiles.Lock);
        try
        {
            return RegularFile.Open(path,
                new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(folder, mode == FileMode.OpenOrCreate || File.Exists(path) ? $"{taken} ({e.Message})" : e.Message, e);
        }
    }

    /// <summary>Whether another process has the lock, so that the run is being written.</summary>
    public static bool IsTaken(string folder)
    {
        var path = Path.Combine(folder, RunFiles.Lock);
        try
        {
            // Shared with every reader: only the writer's exclusive lock refuses it.
            using var file = RegularFile.OpenRead(path, bufferSize: 0);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return RegularFile.Exists(path);
        }
    }
}
