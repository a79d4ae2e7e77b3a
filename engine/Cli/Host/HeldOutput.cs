namespace MemoryWall.Cli.Host;

/// <summary>Output that is complete before any of it is shown, in a temporary file that no other program sees.</summary>
internal sealed class HeldOutput : IDisposable
{
    private FileStream? _file;

    /// <summary>Writes the output, in place of what was written before.</summary>
    public void Replace(Action<Stream> write)
    {
        _file?.Dispose();
        _file = new FileStream(Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1 << 16,
            FileOptions.DeleteOnClose);
        write(_file);
    }

    /// <summary>Hands the output on.</summary>
    public void CopyTo(Stream target)
    {
        if (_file is null)
            return;
        _file.Position = 0;
        _file.CopyTo(target);
        target.Flush();
    }

    public void Dispose() => _file?.Dispose();
}
