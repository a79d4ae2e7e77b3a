using System.Text;
using MemoryWall.Core.Files;

namespace MemoryWall.Runs.Files;

/// <summary>
/// A log of limited size. A full file is renamed to <c>….1</c>, which replaces the previous one, and a new file begins: the last lines
/// before a process dies matter most. Writing never throws, because the writer must go on reading a child's output; lost bytes are counted
/// and the count is written to the log.
/// </summary>
internal sealed class RotatingLog(string path, long maxBytes = RotatingLog.DefaultMaxBytes) : Stream
{
    public const long DefaultMaxBytes = 4 << 20;
    private readonly Lock _gate = new();
    private FileStream? _file;
    private long _lostBytes;
    private bool _closed;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_gate)
        {
            if (_closed)
                return;
            try
            {
                var file = OpenOrRotate(buffer.Length);
                if (_lostBytes > 0)
                    file.Write(
                        Encoding.UTF8.GetBytes(FormattableString.Invariant($"\n[{_lostBytes} bytes of this log could not be written]\n")));
                _lostBytes = 0;
                file.Write(buffer);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _lostBytes += buffer.Length;
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _closed = true;
            _file?.Dispose();
        }
        base.Dispose(disposing);
    }

    private FileStream OpenOrRotate(int more)
    {
        _file ??= Open();
        if (_file.Length == 0 || _file.Length + more <= maxBytes)
            return _file;
        _file.Dispose();
        _file = null;
        File.Move(path, path + ".1", overwrite: true);
        return _file = Open();
    }

    // Unbuffered: the last lines of a child must be in the file even if this process is killed.
    private FileStream Open() => RegularFile.Open(path, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.Read | FileShare.Delete,
        BufferSize = 0,
    });
}
