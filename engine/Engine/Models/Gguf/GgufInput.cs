using System.Buffers.Binary;
using System.Text;

namespace MemoryWall.Models.Gguf;

/// <summary>
/// Reads a header's bytes in order. Every length is compared with what the file still has and with a budget for all metadata before
/// anything is allocated for it, so neither a damaged nor a hostile file can cost more memory than a few times the budget.
/// </summary>
internal sealed class GgufInput(Stream stream, long length)
{
    /// <summary>Bytes that a header may take. The largest vocabularies in the field stay below 40 MiB.</summary>
    public const long Budget = 128L << 20;

    private readonly byte[] _buffer = new byte[64 << 10];
    private int _next;
    private int _filled;

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes of the whole file.</summary>
    public long Length => length;

    private long Remaining => Math.Min(length, Budget) - Position;

    public uint UInt32(string field) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4, field));

    public ulong UInt64(string field) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8, field));

    /// <summary>A count of things that take at least <paramref name="smallest"/> bytes each.</summary>
    public int Count(string field, int smallest, int limit)
    {
        var count = UInt64(field);
        if (count > (ulong)limit)
            throw new GgufException($"{field} is {count}; at most {limit} can be right");
        RequireRoom(count, smallest, field);
        return (int)count;
    }

    public string String(string field, int limit)
    {
        var bytes = UInt64(field + ", its length");
        if (bytes > (ulong)limit)
            throw new GgufException($"{field}: its length is {bytes} bytes; at most {limit} can be right");
        RequireRoom(bytes, 1, field);
        if (bytes == 0)
            return "";
        if (bytes <= (ulong)_buffer.Length)
            return Encoding.UTF8.GetString(Bytes((int)bytes, field));
        var whole = new byte[bytes];
        ReadTo(whole, field);
        return Encoding.UTF8.GetString(whole);
    }

    /// <summary>The next bytes, at most a buffer's length; valid until the next call.</summary>
    public ReadOnlySpan<byte> Bytes(int count, string field)
    {
        if (_filled - _next < count)
            Fill(count, field);
        var span = _buffer.AsSpan(_next, count);
        _next += count;
        Position += count;
        return span;
    }

    public void ReadTo(Span<byte> target, string field)
    {
        while (!target.IsEmpty)
        {
            var part = Math.Min(target.Length, _buffer.Length);
            Bytes(part, field).CopyTo(target);
            target = target[part..];
        }
    }

    public void RequireRoom(ulong count, int smallest, string field)
    {
        if (count <= (ulong)Math.Max(0, Remaining / smallest))
            return;
        throw length < Budget
            ? new GgufException($"{field}: {count} of at least {smallest} bytes each do not fit the {Math.Max(0, length - Position)} bytes that the file still has; it is damaged or cut short")
            : new GgufException($"{field}: {count} of at least {smallest} bytes each would make the header larger than {Budget >> 20} MiB; it is damaged or no model");
    }

    private void Fill(int count, string field)
    {
        RequireRoom((ulong)count, 1, field);
        _buffer.AsSpan(_next, _filled - _next).CopyTo(_buffer);
        _filled -= _next;
        _next = 0;
        while (_filled < count)
        {
            var read = stream.Read(_buffer, _filled, _buffer.Length - _filled);
            if (read == 0)
                throw new GgufException($"{field}: the file ends after {Position + _filled} bytes, before this could be read; it was cut short");
            _filled += read;
        }
    }
}
