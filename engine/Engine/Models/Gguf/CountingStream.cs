namespace MemoryWall.Models.Gguf;

/// <summary>Counts what goes through, tells how far it is, and stops when told to: at most once a few MiB, so that it costs nothing.</summary>
internal sealed class CountingStream(Stream inner, long total, IProgress<double>? progress, CancellationToken cancellation) : Stream
{
    private const long ReportEvery = 4L << 20;
    private long _reported;

    /// <summary>Bytes written so far.</summary>
    public long Written { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => Written; set => throw new NotSupportedException(); }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        cancellation.ThrowIfCancellationRequested();
        inner.Write(buffer);
        Written += buffer.Length;
        if (Written == _reported || (Written - _reported < ReportEvery && Written != total))
            return;
        _reported = Written;
        progress?.Report((double)Written / total);
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
