using MemoryWall.Core.Time;

namespace MemoryWall.Targets.Http;

/// <summary>
/// What a client library reads: the answer's lines, each shown to an observer first. The observer ends the stream by saying no; blank lines
/// are dropped, since they mean nothing here and stop some libraries.
/// </summary>
internal sealed class ObservedLineStream(LineReader lines, Func<ReadOnlyMemory<byte>, Instant, bool> observer) : Stream
{
    private static readonly byte[] s_lineEnd = [(byte)'\n'];
    private ReadOnlyMemory<byte> _remaining;
    private bool _isLineEndPending;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        while (_remaining.IsEmpty)
        {
            if (_isLineEndPending)
            {
                _isLineEndPending = false;
                _remaining = s_lineEnd;
                break;
            }
            if (!await lines.ReadAsync(cancellationToken).ConfigureAwait(false))
                return 0;
            if (lines.Line.IsEmpty)
                continue;
            if (!observer(lines.Line, lines.Arrived))
                return 0;
            _remaining = lines.Line;
            _isLineEndPending = true;
        }
        var count = Math.Min(buffer.Length, _remaining.Length);
        _remaining[..count].CopyTo(buffer);
        _remaining = _remaining[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
