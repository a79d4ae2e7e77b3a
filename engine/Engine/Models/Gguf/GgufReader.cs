using System.Buffers.Binary;
using System.Text;

namespace MemoryWall.Models.Gguf;

/// <summary>
/// Reads the header of a GGUF file (version 2 and 3, little-endian) and never its weights. Files come from anywhere: every count and
/// length is held against what is left of the file before anything is allocated for it.
/// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
/// </summary>
public static class GgufReader
{
    private const uint Magic = 0x46554747;
    private const int DefaultAlignment = 32;
    private const int MaxKeyBytes = 65_535;
    private const int MaxTensorNameBytes = 1_024;
    private const int MaxDimensions = 4;
    private const int MaxNesting = 4;

    /// <summary>Reads the header of the file at this path.</summary>
    /// <exception cref="GgufException">It is no GGUF file that can be read.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static GgufHeader Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 20);
        return Read(stream);
    }

    /// <summary>Reads the header from the start of a seekable stream.</summary>
    /// <exception cref="GgufException">It is no GGUF that can be read.</exception>
    public static GgufHeader Read(Stream stream)
    {
        var input = new Input(stream);
        var magic = input.UInt32("magic");
        if (magic != Magic)
            throw new GgufException(BinaryPrimitives.ReverseEndianness(magic) == Magic
                ? "the file is big-endian; only little-endian GGUF can be read"
                : $"magic: 0x{magic:X8} is not a GGUF file's (0x{Magic:X8}, 'GGUF')");
        var version = input.UInt32("version");
        if (version is not (2 or 3))
            throw new GgufException($"version: {version} cannot be read; 2 or 3");
        // The least that a tensor entry and a key can take bounds their counts by the file's own length.
        var tensorCount = input.Count("tensor count", leastBytes: 8 + 4 + 8 + 4 + 8);
        var keyCount = input.Count("metadata count", leastBytes: 8 + 4 + 1);

        var metadata = new Dictionary<string, object>(StringComparer.Ordinal);
        for (var i = 0; i < keyCount; i++)
        {
            var key = input.Text("metadata key", MaxKeyBytes);
            var value = Value(input, (GgufValueType)input.UInt32($"type of '{key}'"), key, nesting: 0);
            if (value is not null && !metadata.TryAdd(key, value))
                throw new GgufException($"metadata key '{key}' stands twice");
        }
        var alignment = Alignment(metadata);
        var tensors = new GgufTensor[tensorCount];
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < tensors.Length; i++)
        {
            tensors[i] = Tensor(input);
            if (!names.Add(tensors[i].Name))
                throw new GgufException($"tensor '{tensors[i].Name}' stands twice");
        }
        var dataOffset = (input.Position + alignment - 1) / alignment * alignment;
        foreach (var tensor in tensors)
            if (tensor.Bytes is { } bytes && (tensor.Offset > input.Length - dataOffset || bytes > input.Length - dataOffset - tensor.Offset))
                throw new GgufException($"tensor '{tensor.Name}' ends behind the file's end ({input.Length} bytes): the file is cut short");
        return new GgufHeader(version, metadata, tensors, dataOffset, alignment);
    }

    private static int Alignment(Dictionary<string, object> metadata) => metadata.GetValueOrDefault("general.alignment") switch
    {
        null => DefaultAlignment,
        ulong value when value is > 0 and <= 1 << 20 && (value & (value - 1)) == 0 => (int)value,
        var other => throw new GgufException($"general.alignment: {other} is not a power of two up to 1048576"),
    };

    private static GgufTensor Tensor(Input input)
    {
        var name = input.Text("tensor name", MaxTensorNameBytes);
        var count = input.UInt32($"dimensions of '{name}'");
        if (count is 0 or > MaxDimensions)
            throw new GgufException($"dimensions of '{name}': {count}; 1 to {MaxDimensions}");
        var dimensions = new long[count];
        long elements = 1;
        for (var i = 0; i < dimensions.Length; i++)
        {
            var size = input.UInt64($"dimension {i} of '{name}'");
            if (size is 0 or > long.MaxValue || elements > (1L << 48) / (long)size)
                throw new GgufException($"dimension {i} of '{name}': {size} is no size that a tensor can have");
            dimensions[i] = (long)size;
            elements *= (long)size;
        }
        var type = input.UInt32($"type of '{name}'");
        var offset = input.UInt64($"offset of '{name}'");
        return offset <= long.MaxValue ? new GgufTensor(name, dimensions, type, (long)offset) : throw new GgufException($"offset of '{name}': {offset} lies outside any file");
    }

    private static object? Value(Input input, GgufValueType type, string key, int nesting) => type switch
    {
        GgufValueType.UInt8 => (ulong)input.Byte(key),
        GgufValueType.Int8 => (long)(sbyte)input.Byte(key),
        GgufValueType.UInt16 => (ulong)input.UInt16(key),
        GgufValueType.Int16 => (long)(short)input.UInt16(key),
        GgufValueType.UInt32 => (ulong)input.UInt32(key),
        GgufValueType.Int32 => (long)(int)input.UInt32(key),
        GgufValueType.UInt64 => input.UInt64(key),
        GgufValueType.Int64 => (long)input.UInt64(key),
        GgufValueType.Float32 => (double)BitConverter.UInt32BitsToSingle(input.UInt32(key)),
        GgufValueType.Float64 => BitConverter.UInt64BitsToDouble(input.UInt64(key)),
        GgufValueType.Bool => input.Byte(key) != 0,
        GgufValueType.String => input.Text(key, int.MaxValue),
        GgufValueType.Array => Array(input, key, nesting),
        _ => throw new GgufException($"type of '{key}': {(uint)type} is not a value type; 0 to 12"),
    };

    private static object? Array(Input input, string key, int nesting)
    {
        if (nesting == MaxNesting)
            throw new GgufException($"'{key}' nests arrays more than {MaxNesting} deep");
        var type = (GgufValueType)input.UInt32($"element type of '{key}'");
        var count = input.Count($"length of '{key}'", LeastBytes(type, key));
        if (type == GgufValueType.Array)
        {
            for (var i = 0; i < count; i++)
                Array(input, key, nesting + 1);
            return null;
        }
        return type switch
        {
            GgufValueType.String => Fill<string>(),
            GgufValueType.Bool => Fill<bool>(),
            GgufValueType.Float32 or GgufValueType.Float64 => Fill<double>(),
            GgufValueType.UInt8 or GgufValueType.UInt16 or GgufValueType.UInt32 or GgufValueType.UInt64 => Fill<ulong>(),
            _ => Fill<long>(),
        };

        T[] Fill<T>()
        {
            var values = new T[count];
            for (var i = 0; i < values.Length; i++)
                values[i] = (T)Value(input, type, key, nesting)!;
            return values;
        }
    }

    private static int LeastBytes(GgufValueType type, string key) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 or GgufValueType.String => 8,
        GgufValueType.Array => 12,
        _ => throw new GgufException($"element type of '{key}': {(uint)type} is not a value type; 0 to 12"),
    };

    private sealed class Input(Stream stream)
    {
        private readonly byte[] _word = new byte[8];

        public long Length { get; } = stream.Length;

        public long Position { get; private set; }

        public byte Byte(string field) => Take(1, field)[0];

        public ushort UInt16(string field) => BinaryPrimitives.ReadUInt16LittleEndian(Take(2, field));

        public uint UInt32(string field) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, field));

        public ulong UInt64(string field) => BinaryPrimitives.ReadUInt64LittleEndian(Take(8, field));

        public int Count(string field, int leastBytes)
        {
            var count = UInt64(field);
            var most = (Length - Position) / leastBytes;
            return count <= (ulong)Math.Min(most, int.MaxValue)
                ? (int)count
                : throw new GgufException($"{field}: {count}, but the {Length - Position} bytes left of the file hold at most {most}");
        }

        public string Text(string field, int mostBytes)
        {
            var length = UInt64(field);
            if (length > (ulong)(Length - Position))
                throw new GgufException($"{field}: a text of {length} bytes, but only {Length - Position} bytes are left of the file");
            if (length > (ulong)mostBytes)
                throw new GgufException($"{field}: a text of {length} bytes; at most {mostBytes}");
            var bytes = new byte[(int)length];
            Fill(bytes, field);
            return Encoding.UTF8.GetString(bytes);
        }

        private ReadOnlySpan<byte> Take(int count, string field)
        {
            var word = _word.AsSpan(0, count);
            Fill(word, field);
            return word;
        }

        private void Fill(Span<byte> target, string field)
        {
            if (stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length)
                throw new GgufException($"{field}: the file ends at byte {Length}, in the middle of it");
            Position += target.Length;
        }
    }
}
