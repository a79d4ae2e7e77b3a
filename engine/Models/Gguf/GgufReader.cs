using System.Runtime.InteropServices;
using MemoryWall.Core.Files;

namespace MemoryWall.Models.Gguf;

/// <summary>
/// Reads the header of a little-endian GGUF file of version 2 or 3, without the tensor data. For any input it returns a header or throws a
/// <see cref="GgufException"/>; a limit on the header's size bounds its memory and time. The format:
/// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
/// </summary>
internal static class GgufReader
{
    private const uint Magic = 0x46554747; // "GGUF"
    private const int MaxMetadata = 1 << 16;
    private const int MaxTensors = 1 << 18;
    private const int MaxKeyBytes = (1 << 16) - 1;
    private const int MaxTensorNameBytes = 1 << 10;
    private const int MaxTextBytes = 64 << 20;
    private const int MaxDimensions = 4; // GGML_MAX_DIMS
    private const int MaxNesting = 4;
    private const int MaxAlignment = 1 << 20;

    /// <summary>Reads the header of a file.</summary>
    /// <exception cref="GgufException">It is not a GGUF file, or it is damaged or truncated.</exception>
    /// <exception cref="IOException">It is missing, a folder or a pipe, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static GgufHeader Read(string path)
    {
        using var file = RegularFile.OpenNamed(path, bufferSize: 0);
        return Read(file);
    }

    /// <summary>Reads the header from a seekable stream, from its position to the end of the header.</summary>
    /// <exception cref="GgufException">It is not GGUF, or it is damaged or truncated.</exception>
    public static GgufHeader Read(Stream stream)
    {
        if (FileSignature.Describe(stream) is { } other)
            throw new GgufException(other);
        var input = new GgufByteReader(stream, stream.Length - stream.Position);
        if (input.Length < 24)
            throw new GgufException($"the file has {input.Length} bytes; a GGUF file has at least 24");
        if (input.ReadUInt32("magic") is var magic and not Magic)
            throw new GgufException($"magic is 0x{magic:X8}, not 'GGUF' (0x{Magic:X8}): this is not a GGUF file");
        var version = CheckVersion(input.ReadUInt32("version"));
        var tensorCount = input.ReadCount("tensor count", minItemBytes: 24, MaxTensors);
        var metadataCount = input.ReadCount("metadata count", minItemBytes: 13, MaxMetadata);

        var metadata = ReadMetadata(input, metadataCount);
        var alignment = GetAlignment(metadata);
        var infos = ReadTensorInfos(input, tensorCount, alignment);
        var dataOffset = (input.Position + alignment - 1) / alignment * alignment;
        return new GgufHeader
        {
            Version = version,
            Metadata = metadata,
            Alignment = alignment,
            DataOffset = dataOffset,
            Tensors = ResolveTensorBytes(infos, Math.Max(0, input.Length - dataOffset)),
        };
    }

    private static int CheckVersion(uint version) => version switch
    {
        2 or 3 => (int)version,
        1 => throw new GgufException("version is 1; it must be 2 or 3: convert the model again with a current llama.cpp"),
        _ when (version & 0xFFFF) == 0 && version != 0 =>
            throw new GgufException($"version is 0x{version:X8}: the file is big-endian; it must be little-endian"),
        _ => throw new GgufException($"version is {version}; it must be 2 or 3"),
    };

    private static OrderedDictionary<string, object> ReadMetadata(GgufByteReader input, int count)
    {
        var metadata = new OrderedDictionary<string, object>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var key = input.ReadString($"metadata {i}, its key", MaxKeyBytes);
            var value = ReadValue(input, (GgufValueType)input.ReadUInt32($"{key}, its type"), key, nesting: 0);
            if (!metadata.TryAdd(key, value))
                throw new GgufException($"metadata key '{key}' occurs twice; each key may occur once");
        }

        return metadata;
    }

    private static object ReadValue(GgufByteReader input, GgufValueType type, string key, int nesting) => type switch
    {
        GgufValueType.UInt8 => input.ReadBytes(1, key)[0],
        GgufValueType.Int8 => (sbyte)input.ReadBytes(1, key)[0],
        GgufValueType.UInt16 => ReadScalar<ushort>(input, key),
        GgufValueType.Int16 => ReadScalar<short>(input, key),
        GgufValueType.UInt32 => input.ReadUInt32(key),
        GgufValueType.Int32 => (int)input.ReadUInt32(key),
        GgufValueType.Float32 => ReadScalar<float>(input, key),
        GgufValueType.Bool => ParseBool(input.ReadBytes(1, key)[0], key),
        GgufValueType.String => input.ReadString(key, MaxTextBytes),
        GgufValueType.UInt64 => input.ReadUInt64(key),
        GgufValueType.Int64 => (long)input.ReadUInt64(key),
        GgufValueType.Float64 => ReadScalar<double>(input, key),
        GgufValueType.Array => ReadArray(input, key, nesting),
        _ => throw new GgufException($"{key}: its type is {(uint)type}; it must be 0 to 12"),
    };

    private static Array ReadArray(GgufByteReader input, string key, int nesting)
    {
        if (nesting == MaxNesting)
            throw new GgufException($"{key}: arrays are nested more than {MaxNesting} deep");
        var type = (GgufValueType)input.ReadUInt32($"{key}, its element type");
        var smallest = GgufValueTypes.MinBytes(type)
            ?? throw new GgufException($"{key}: its element type is {(uint)type}; it must be 0 to 12");
        var count = input.ReadCount($"{key}, its count", smallest, System.Array.MaxLength);
        return type switch
        {
            GgufValueType.UInt8 => ReadNumbers<byte>(input, count, key),
            GgufValueType.Int8 => ReadNumbers<sbyte>(input, count, key),
            GgufValueType.UInt16 => ReadNumbers<ushort>(input, count, key),
            GgufValueType.Int16 => ReadNumbers<short>(input, count, key),
            GgufValueType.UInt32 => ReadNumbers<uint>(input, count, key),
            GgufValueType.Int32 => ReadNumbers<int>(input, count, key),
            GgufValueType.Float32 => ReadNumbers<float>(input, count, key),
            GgufValueType.UInt64 => ReadNumbers<ulong>(input, count, key),
            GgufValueType.Int64 => ReadNumbers<long>(input, count, key),
            GgufValueType.Float64 => ReadNumbers<double>(input, count, key),
            GgufValueType.Bool => System.Array.ConvertAll(ReadNumbers<byte>(input, count, key), value => ParseBool(value, key)),
            GgufValueType.String => ReadElements(count, () => input.ReadString(key, MaxTextBytes)),
            _ => ReadElements(count, () => ReadArray(input, key, nesting + 1)),
        };
    }

    private static T[] ReadElements<T>(int count, Func<T> read)
    {
        var values = new T[count];
        for (var i = 0; i < count; i++)
            values[i] = read();
        return values;
    }

    private static T ReadScalar<T>(GgufByteReader input, string key) where T : unmanaged => ReadNumbers<T>(input, 1, key)[0];

    private static T[] ReadNumbers<T>(GgufByteReader input, int count, string key) where T : unmanaged
    {
        var values = new T[count];
        input.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()), key);
        return values;
    }

    private static bool ParseBool(byte value, string key) =>
        value <= 1 ? value == 1 : throw new GgufException($"{key}: a truth value is {value}; it must be 0 or 1");

    private static int GetAlignment(OrderedDictionary<string, object> metadata)
    {
        if (!metadata.TryGetValue("general.alignment", out var value))
            return 32;
        return value is uint alignment && alignment is > 0 and <= MaxAlignment && (alignment & (alignment - 1)) == 0
            ? (int)alignment
            : throw new GgufException($"general.alignment is {value}; it must be a 32-bit power of two, at most {MaxAlignment}");
    }

    private static List<GgufTensor> ReadTensorInfos(GgufByteReader input, int count, int alignment)
    {
        var infos = new List<GgufTensor>(count);
        var names = new HashSet<string>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var name = input.ReadString($"tensor {i}, its name", MaxTensorNameBytes);
            if (!names.Add(name))
                throw new GgufException($"tensor '{name}' occurs twice; each name may occur once");
            var dimensions = ReadDimensions(input, name);
            var type = (GgmlType)input.ReadUInt32($"tensor '{name}', its type");
            var offset = input.ReadUInt64($"tensor '{name}', its offset");
            if (offset > long.MaxValue || offset % (ulong)alignment != 0)
                throw new GgufException($"tensor '{name}': its offset is {offset}; it must be a multiple of the alignment {alignment}");
            infos.Add(new GgufTensor(name, dimensions, type, (long)offset, Bytes: 0));
        }

        return infos;
    }

    private static long[] ReadDimensions(GgufByteReader input, string name)
    {
        var count = input.ReadUInt32($"tensor '{name}', its number of dimensions");
        if (count > MaxDimensions)
            throw new GgufException($"tensor '{name}': it has {count} dimensions; it must have at most {MaxDimensions}");
        var dimensions = new long[count];
        for (var i = 0; i < dimensions.Length; i++)
            dimensions[i] = (long)input.ReadUInt64($"tensor '{name}', dimension {i}");
        if (GgmlTypes.ElementCount(dimensions) is null)
            throw new GgufException($"tensor '{name}': its shape [{string.Join(", ", dimensions)}] is out of range");
        return dimensions;
    }

    /// <summary>The tensors with their sizes, after a check that they are within the file and do not overlap.</summary>
    private static GgufTensor[] ResolveTensorBytes(List<GgufTensor> infos, long dataBytes)
    {
        var placed = infos.ToArray();
        var order = Enumerable.Range(0, placed.Length).OrderBy(i => placed[i].Offset).ToArray();
        for (var k = 0; k < order.Length; k++)
        {
            var tensor = placed[order[k]];
            var end = k + 1 < order.Length ? Math.Min(placed[order[k + 1]].Offset, dataBytes) : dataBytes;
            if (tensor.Offset > dataBytes)
                throw new GgufException(
                    $"tensor '{tensor.Name}' starts at byte {tensor.Offset} of the data, "
                    + $"but the file has only {dataBytes} bytes of it; it is truncated");
            var bytes = ComputeTensorBytes(tensor) ?? end - tensor.Offset;
            if (bytes > dataBytes - tensor.Offset)
                throw new GgufException(
                    $"tensor '{tensor.Name}' takes {bytes} bytes from byte {tensor.Offset} of the data, "
                    + $"but the file has only {dataBytes} bytes of it; it is truncated");
            if (bytes > end - tensor.Offset)
                throw new GgufException(
                    $"tensor '{tensor.Name}' takes {bytes} bytes from byte {tensor.Offset} of the data "
                    + $"and overlaps the next one at byte {end}");
            placed[order[k]] = tensor with { Bytes = bytes };
        }

        return placed;
    }

    private static long? ComputeTensorBytes(GgufTensor tensor)
    {
        if (GgmlTypes.BlockSize(tensor.Type) is not { } block)
            return null;
        return GgmlTypes.TensorBytes(tensor.Type, tensor.Dimensions)
            ?? throw new GgufException(
                $"tensor '{tensor.Name}': its rows of {tensor.Dimensions.FirstOrDefault()} elements "
                + $"are not whole blocks of {block.Numbers}, as {tensor.Type} needs, or its size is out of range");
    }
}
