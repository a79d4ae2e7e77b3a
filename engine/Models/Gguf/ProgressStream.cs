namespace MemoryWall.Models.Gguf;

/// <summary>Counts the written bytes, reports progress and checks for cancellation. It does so once every few MiB, so that the cost is
/// negligible.</summary>
internal sealed class ProgressStream(Stream inner, long total, IProgress<double>? progress, CancellationToken cancellation) : Stream
{
    private const long ReportIntervalBytes = 4L << 20;
    private long _reportedBytes;

    /// <summary>Bytes written so far.</summary>
    public long BytesWritten { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => BytesWritten; set => throw new NotSupportedException(); }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        cancellation.ThrowIfCancellationRequested();
        inner.Write(buffer);
        BytesWritten += buffer.Length;
        if (BytesWritten == _reportedBytes || (BytesWritten - _reportedBytes < ReportIntervalBytes && BytesWritten != total))
            return;
        _reportedBytes = BytesWritten;
        progress?.Report((double)BytesWritten / total);
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
