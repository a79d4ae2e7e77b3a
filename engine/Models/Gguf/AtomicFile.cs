using MemoryWall.Core.Units;

namespace MemoryWall.Models.Gguf;

/// <summary>Writes a file so that under its name there is, at any moment, either nothing, the former file or the whole new one.</summary>
internal static class AtomicFile
{
    /// <summary>The end of the names of files that are being written.</summary>
    public const string TemporaryExtension = ".tmp";

    // A disk that is filled to the last byte hurts everything else on it.
    private const long ReservedBytes = 64 * ByteSize.MiB;

    /// <summary>Writes to a temporary file beside <paramref name="path"/>, flushes it to the disk and gives it its name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">How large it will be.</param>
    /// <param name="write">Writes it.</param>
    /// <exception cref="IOException">The disk has not the room, or cannot be written.</exception>
    public static void Write(string path, long bytes, Action<Stream> write)
    {
        EnsureFreeSpace(Path.GetDirectoryName(Path.GetFullPath(path))!, bytes);
        var temporary = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}{TemporaryExtension}";
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 1 << 20,
                PreallocationSize = bytes,
            }))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void EnsureFreeSpace(string folder, long bytes)
    {
        long free;
        try
        {
            free = new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return; // Not every file system tells; a full disk is then an error on writing.
        }

        if (free - ReservedBytes < bytes)
            throw new IOException(
                $"the disk that holds {folder} has {new ByteSize(free)} free; {new ByteSize(bytes)} and a reserve of {new ByteSize(ReservedBytes)} are needed");
    }
}
