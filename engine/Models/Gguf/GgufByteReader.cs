using System.Buffers.Binary;
using System.Text;

namespace MemoryWall.Models.Gguf;

/// <summary>
/// Reads the bytes of a header in order. Before it allocates memory it checks every length against the rest of the file and against a
/// budget for all metadata, so that a damaged or hostile file cannot use more than a few times the budget.
/// </summary>
internal sealed class GgufByteReader(Stream stream, long length)
{
    /// <summary>Maximum size of a header. The largest published vocabularies take less than 40 MiB.</summary>
    public const long MaxHeaderBytes = 128L << 20;

    private readonly byte[] _buffer = new byte[64 << 10];
    private int _bufferPosition;
    private int _bufferedBytes;

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes of the whole file.</summary>
    public long Length => length;

    private long Remaining => Math.Min(length, MaxHeaderBytes) - Position;

    public uint ReadUInt32(string field) => BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4, field));

    public ulong ReadUInt64(string field) => BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(8, field));

    /// <summary>Reads a count of items of at least <paramref name="minItemBytes"/> bytes each.</summary>
    public int ReadCount(string field, int minItemBytes, int limit)
    {
        var count = ReadUInt64(field);
        if (count > (ulong)limit)
            throw new GgufException($"{field} is {count}; it must be at most {limit}");
        EnsureRemaining(count, minItemBytes, field);
        return (int)count;
    }

    public string ReadString(string field, int limit)
    {
        var bytes = ReadUInt64(field + ", its length");
        if (bytes > (ulong)limit)
            throw new GgufException($"{field}: its length is {bytes} bytes; it must be at most {limit}");
        EnsureRemaining(bytes, 1, field);
        if (bytes == 0)
            return "";
        if (bytes <= (ulong)_buffer.Length)
            return Encoding.UTF8.GetString(ReadBytes((int)bytes, field));
        var whole = new byte[bytes];
        ReadExactly(whole, field);
        return Encoding.UTF8.GetString(whole);
    }

    /// <summary>Returns the next bytes, at most a buffer's length. They are valid until the next call.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count, string field)
    {
        if (_bufferedBytes - _bufferPosition < count)
            FillBuffer(count, field);
        var span = _buffer.AsSpan(_bufferPosition, count);
        _bufferPosition += count;
        Position += count;
        return span;
    }

    public void ReadExactly(Span<byte> target, string field)
    {
        while (!target.IsEmpty)
        {
            var part = Math.Min(target.Length, _buffer.Length);
            ReadBytes(part, field).CopyTo(target);
            target = target[part..];
        }
    }

    public void EnsureRemaining(ulong count, int minItemBytes, string field)
    {
        if (count <= (ulong)Math.Max(0, Remaining / minItemBytes))
            return;
        throw length < MaxHeaderBytes
            ? new GgufException(
                $"{field}: {count} items of at least {minItemBytes} bytes do not fit into the remaining "
                + $"{Math.Max(0, length - Position)} bytes; the file is damaged or truncated")
            : new GgufException(
                $"{field}: {count} items of at least {minItemBytes} bytes would make the header larger than {MaxHeaderBytes >> 20} MiB; "
                + "the file is damaged or not a model");
    }

    private void FillBuffer(int count, string field)
    {
        EnsureRemaining((ulong)count, 1, field);
        _buffer.AsSpan(_bufferPosition, _bufferedBytes - _bufferPosition).CopyTo(_buffer);
        _bufferedBytes -= _bufferPosition;
        _bufferPosition = 0;
        while (_bufferedBytes < count)
        {
            var read = stream.Read(_buffer, _bufferedBytes, _buffer.Length - _bufferedBytes);
            if (read == 0)
                throw new GgufException(
                    $"{field}: the file ends after {Position + _bufferedBytes} bytes, before this field; it is truncated");
            _bufferedBytes += read;
        }
    }
}
