namespace MemoryWall.Runs.Files;

/// <summary>
/// The committed part of an append-only text file: everything up to its last line feed. What follows is a line that was being written when
/// the writer died, or that is being written now. Text cells contain no raw line feeds, so this is true inside quotes too.
/// </summary>
internal sealed class CommittedLinesStream : Stream
{
    private const int BlockBytes = 64 * 1024;
    private readonly FileStream _file;
    private readonly long _committed;

    private CommittedLinesStream(FileStream file, long committed)
    {
        _file = file;
        _committed = committed;
        TornBytes = file.Length - committed;
    }

    /// <summary>Bytes after the last line feed.</summary>
    public long TornBytes { get; }

    public override long Length => _committed;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Position { get => _file.Position; set => throw new NotSupportedException(); }

    /// <summary>Opens a file for reading. Another process may be writing it.</summary>
    public static CommittedLinesStream Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BlockBytes);
        try
        {
            return new CommittedLinesStream(file, FindEndOfLastLine(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The offset after the last line feed; 0 where there is none.</summary>
    public static long FindEndOfLastLine(FileStream file)
    {
        var buffer = new byte[BlockBytes];
        for (var end = file.Length; end > 0;)
        {
            var start = Math.Max(0, end - BlockBytes);
            var span = buffer.AsSpan(0, (int)(end - start));
            var read = RandomAccess.Read(file.SafeFileHandle, span, start);
            var at = span[..read].LastIndexOf((byte)'\n');
            if (at >= 0)
                return start + at + 1;
            end = start;
        }
        return 0;
    }

    public override int Read(Span<byte> buffer)
    {
        var left = _committed - _file.Position;
        return left <= 0 ? 0 : _file.Read(buffer[..(int)Math.Min(buffer.Length, left)]);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _file.Dispose();
        base.Dispose(disposing);
    }
}
