using System.Text;

namespace MemoryWall.Store;

/// <summary>
/// A log of bounded size. When the file is full it becomes <c>….1</c> (the one before is dropped) and a new one begins: the last words
/// before a death are what matters. It never throws at its writer, who pumps a child's output; it counts what was lost and says so.
/// </summary>
internal sealed class RotatingLog(string path, long mostBytes = RotatingLog.DefaultMostBytes) : Stream
{
    public const long DefaultMostBytes = 4 << 20;
    private readonly Lock _gate = new();
    private FileStream? _file;
    private long _lost;
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
                var file = Ready(buffer.Length);
                if (_lost > 0)
                    file.Write(Encoding.UTF8.GetBytes(FormattableString.Invariant($"\n[{_lost} bytes of this log could not be written]\n")));
                _lost = 0;
                file.Write(buffer);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _lost += buffer.Length;
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

    private FileStream Ready(int more)
    {
        _file ??= Open();
        if (_file.Length == 0 || _file.Length + more <= mostBytes)
            return _file;
        _file.Dispose();
        _file = null;
        File.Move(path, path + ".1", overwrite: true);
        return _file = Open();
    }

    // Unbuffered: the last words of a child must be in the file when this process is killed too.
    private FileStream Open() => new(path, FileMode.Append, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
}
