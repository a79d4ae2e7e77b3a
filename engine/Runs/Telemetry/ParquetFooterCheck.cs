using System.Buffers.Binary;

namespace MemoryWall.Runs.Telemetry;

/// <summary>
/// Whether the footer of a Parquet file is complete: a Thrift struct in compact protocol that ends where its length says (Apache Parquet
/// format, "File format"; Thrift compact protocol). A library that reads a damaged footer may loop two billion times before it fails, so
/// the footer is checked before the file is opened.
/// </summary>
internal static class ParquetFooterCheck
{
    private const int MaxFooterBytes = 64 << 20;
    private const int MaxDepth = 24;

    /// <summary>Null, or what is wrong with the file's end.</summary>
    public static string? FindProblem(FileStream file)
    {
        const int tail = 8;
        Span<byte> end = stackalloc byte[tail];
        if (file.Length < tail + 4 || RandomAccess.Read(file.SafeFileHandle, end, file.Length - tail) != tail
            || !end[4..].SequenceEqual("PAR1"u8))
            return "it does not end like a Parquet file";
        var length = BinaryPrimitives.ReadInt32LittleEndian(end);
        if (length < 1 || length > MaxFooterBytes || length > file.Length - tail - 4)
            return FormattableString.Invariant($"its footer claims {length} bytes");
        var footer = new byte[length];
        var read = RandomAccess.Read(file.SafeFileHandle, footer, file.Length - tail - length);
        ReadOnlySpan<byte> rest = footer.AsSpan(0, read);
        return SkipStruct(ref rest, 0) && rest.IsEmpty ? null : "its footer is damaged";
    }

    private static bool SkipStruct(ref ReadOnlySpan<byte> bytes, int depth)
    {
        while (TakeByte(ref bytes, out var head))
        {
            if (head == 0)
                return true;
            // A field number that is not given as a difference follows as a separate number.
            if ((head >> 4 == 0 && !TakeVarint(ref bytes, out _)) || !Skip(ref bytes, head & 15, depth + 1, inList: false))
                return false;
        }
        return false;
    }

    // Types of the compact protocol, by their numbers.
    private static bool Skip(ref ReadOnlySpan<byte> bytes, int type, int depth, bool inList) => depth <= MaxDepth && type switch
    {
        1 or 2 => !inList || TakeByte(ref bytes, out _),
        3 => TakeByte(ref bytes, out _),
        4 or 5 or 6 => TakeVarint(ref bytes, out _),
        7 => Advance(ref bytes, 8),
        8 => TakeVarint(ref bytes, out var length) && Advance(ref bytes, length),
        9 or 10 => SkipList(ref bytes, depth),
        11 => SkipMap(ref bytes, depth),
        12 => SkipStruct(ref bytes, depth),
        _ => false,
    };

    private static bool SkipList(ref ReadOnlySpan<byte> bytes, int depth)
    {
        if (!TakeByte(ref bytes, out var head))
            return false;
        ulong count = (uint)head >> 4;
        if (count == 15 && !TakeVarint(ref bytes, out count))
            return false;
        return SkipMany(ref bytes, count, depth, head & 15);
    }

    private static bool SkipMap(ref ReadOnlySpan<byte> bytes, int depth) =>
        TakeVarint(ref bytes, out var count)
            && (count == 0 || (TakeByte(ref bytes, out var types) && SkipMany(ref bytes, count, depth, types >> 4, types & 15)));

    private static bool SkipMany(ref ReadOnlySpan<byte> bytes, ulong count, int depth, params ReadOnlySpan<int> types)
    {
        // Every element takes at least one byte.
        if (count > (ulong)bytes.Length)
            return false;
        for (ulong i = 0; i < count; i++)
        {
            foreach (var type in types)
            {
                if (!Skip(ref bytes, type, depth + 1, inList: true))
                    return false;
            }
        }
        return true;
    }

    private static bool TakeByte(ref ReadOnlySpan<byte> bytes, out byte value)
    {
        value = bytes.IsEmpty ? (byte)0 : bytes[0];
        return Advance(ref bytes, 1);
    }

    private static bool TakeVarint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (!TakeByte(ref bytes, out var part))
                return false;
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return true;
        }
        return false;
    }

    private static bool Advance(ref ReadOnlySpan<byte> bytes, ulong count)
    {
        if (count > (ulong)bytes.Length)
            return false;
        bytes = bytes[(int)count..];
        return true;
    }
}
