using MemoryWall.Core.Files;

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

    private CommittedLinesStream(FileStream file, long length, long committed)
    {
        _file = file;
        _committed = committed;
        TornBytes = length <= committed || file.Length > length ? 0 : length - committed;
        SkippedBytes = file.Length > length ? file.Length - committed : 0;
    }

    /// <summary>Bytes after the last line feed; 0 for a file that is longer than what is read.</summary>
    public long TornBytes { get; }

    /// <summary>Bytes at the end of a file that is longer than what is read.</summary>
    public long SkippedBytes { get; }

    public override long Length => _committed;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Position { get => _file.Position; set => throw new NotSupportedException(); }

    /// <summary>Opens a file for reading. Another process may be writing it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">As much of it is read at most.</param>
    public static CommittedLinesStream Open(string path, long maxBytes = long.MaxValue)
    {
        var file = RegularFile.OpenRead(path, BlockBytes);
        try
        {
            var length = Math.Min(file.Length, maxBytes);
            return new CommittedLinesStream(file, length, FindEndOfLastLine(file, length));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The offset after the last line feed; 0 where there is none.</summary>
    public static long FindEndOfLastLine(FileStream file) => FindEndOfLastLine(file, file.Length);

    private static long FindEndOfLastLine(FileStream file, long length)
    {
        var buffer = new byte[BlockBytes];
        for (var end = length; end > 0;)
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
