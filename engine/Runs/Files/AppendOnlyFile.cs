using MemoryWall.Core.Files;

namespace MemoryWall.Runs.Files;

/// <summary>
/// A file that only grows, by whole lines. They are flushed to the disk before <see cref="Append"/> returns. A failed append (disk full) is
/// undone, so that the file still ends with a complete line and a later append can succeed.
/// </summary>
internal sealed class AppendOnlyFile : IDisposable
{
    private readonly FileStream _file;
    private bool _broken;

    private AppendOnlyFile(FileStream file)
    {
        _file = file;
        Length = file.Length;
    }

    /// <summary>Bytes that are committed.</summary>
    public long Length { get; private set; }

    private string Path => _file.Name;

    /// <summary>Opens the file, moves a torn last line into a file of its own, and writes the header if the file is empty.</summary>
    public static AppendOnlyFile Open(string path, byte[] header)
    {
        var stream = StoreException.WrapIOErrors(path, "opening it for writing", () =>
            RegularFile.Open(path, CreateOptions(FileMode.OpenOrCreate, FileAccess.ReadWrite)));
        try
        {
            StoreException.WrapIOErrors(path, "moving its torn last line into a file of its own", () => MoveTornTailAside(stream));
            var file = new AppendOnlyFile(stream);
            if (file.Length == 0 && header.Length > 0)
                file.Append(header);
            return file;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Appends whole lines and flushes them to the disk.</summary>
    /// <exception cref="StoreException">They could not be written; the file is as it was before.</exception>
    public void Append(ReadOnlySpan<byte> lines)
    {
        if (_broken)
            throw new StoreException(Path, "an earlier write failed and could not be undone, so nothing more is written to this file");
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, lines, Length);
            RandomAccess.FlushToDisk(_file.SafeFileHandle);
            Length += lines.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TruncateTo(Length);
            throw new StoreException(Path, $"writing {lines.Length} bytes failed: {e.Message}", e);
        }
    }

    /// <summary>Removes what was appended after a length, because the row that would have committed it failed.</summary>
    public void TruncateTo(long length)
    {
        try
        {
            RandomAccess.SetLength(_file.SafeFileHandle, length);
            Length = length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Readers skip the torn line. Writing after it would make it look complete.
            _broken = true;
        }
    }

    public void Dispose() => _file.Dispose();

    private static FileStreamOptions CreateOptions(FileMode mode, FileAccess access) =>
        new() { Mode = mode, Access = access, Share = FileShare.Read, BufferSize = 0 };

    // A torn line must not be completed: cut inside its last number it would look complete and be wrong. It is kept in a file of its own.
    private static bool MoveTornTailAside(FileStream file)
    {
        var committed = CommittedLinesStream.FindEndOfLastLine(file);
        if (committed == file.Length)
            return false;
        using (var aside = RegularFile.Open(file.Name + RunFiles.TornSuffix, CreateOptions(FileMode.Append, FileAccess.Write)))
        {
            file.Position = committed;
            file.CopyTo(aside);
            aside.WriteByte((byte)'\n');
            aside.Flush(flushToDisk: true);
        }
        file.SetLength(committed);
        file.Flush(flushToDisk: true);
        return true;
    }
}
