using MemoryWall.Core.Units;

namespace MemoryWall.Models.Gguf;

/// <summary>Writes a file atomically: at any moment its name refers to nothing, to the previous file or to the complete new one.</summary>
internal static class AtomicFile
{
    /// <summary>Suffix of files that are being written.</summary>
    public const string TemporaryExtension = ".tmp";

    // Other programs on the disk need some free space.
    private const long ReservedBytes = 64 * ByteSize.MiB;

    /// <summary>Writes a temporary file in the same folder, flushes it to the disk and renames it to <paramref name="path"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="write">Writes the contents.</param>
    /// <exception cref="IOException">The disk is full, or cannot be written.</exception>
    public static void Write(string path, long bytes, Action<Stream> write)
    {
        EnsureFreeSpace(Path.GetDirectoryName(Path.GetFullPath(path))!, bytes);
        var temporary = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}{TemporaryExtension}";
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 1 << 20,
                PreallocationSize = bytes,
            };
            // A user who can write a model can exchange it, also where the user's files are otherwise open to a group.
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
            using (var file = new FileStream(temporary, options))
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
            return; // Some file systems do not report it. A full disk is then an error when writing.
        }

        if (free - ReservedBytes < bytes)
            throw new IOException(
                $"the disk of {folder} has {new ByteSize(free)} free; "
                + $"{new ByteSize(bytes)} plus a reserve of {new ByteSize(ReservedBytes)} are needed");
    }
}
