using System.Buffers.Binary;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Engine.Tests.Models.Gguf;

/// <summary>GGUF files as byte arrays.</summary>
internal static class GgufBytes
{
    /// <summary>One value of each type, an array of each type, and arrays of arrays.</summary>
    public static readonly Dictionary<string, object> AllKinds = new()
    {
        ["general.architecture"] = "llama",
        ["u8"] = (byte)200,
        ["i8"] = (sbyte)-5,
        ["u16"] = (ushort)60_000,
        ["i16"] = (short)-300,
        ["u32"] = 4_000_000_000u,
        ["i32"] = -7,
        ["f32"] = 1.25f,
        ["bool"] = true,
        ["text"] = "naïve \u2581 text",
        ["u64"] = ulong.MaxValue,
        ["i64"] = long.MinValue,
        ["f64"] = -0.1,
        ["u8s"] = new byte[] { 1, 2 },
        ["i8s"] = new sbyte[] { -1 },
        ["u16s"] = new ushort[] { 3 },
        ["i16s"] = new short[] { -3 },
        ["u32s"] = new uint[] { 9 },
        ["i32s"] = new[] { 1, -2, 3 },
        ["f32s"] = new[] { 0.5f },
        ["bools"] = new[] { true, false },
        ["texts"] = new[] { "", "a", "bc" },
        ["u64s"] = new ulong[] { 1 },
        ["i64s"] = new long[] { -1 },
        ["f64s"] = new[] { 2.5 },
        ["none"] = Array.Empty<int>(),
        ["nested"] = new Array[] { new[] { 1, 2 }, new[] { "x" }, new Array[] { new byte[] { 7 } } },
    };

    public static readonly GgufTensorSource[] Tensors =
    [
        Zeros("token_embd.weight", GgmlType.Q8_0, 64, 3), Zeros("output_norm.weight", GgmlType.F32, 64),
        Zeros("blk.0.ffn_up.weight", GgmlType.F16, 5, 2, 2),
    ];

    public static GgufTensorSource Zeros(string name, GgmlType type, params long[] shape) =>
        new(name, shape, type, stream => stream.Write(new byte[GgmlTypes.TensorBytes(type, shape)!.Value]));

    public static byte[] File(IReadOnlyCollection<KeyValuePair<string, object>> metadata, params GgufTensorSource[] tensors)
    {
        var stream = new MemoryStream();
        GgufWriter.Write(stream, GgufWriter.BuildHeader(metadata, tensors), tensors);
        return stream.ToArray();
    }

    public static byte[] Valid() => File(AllKinds, Tensors);

    /// <summary>A file's first fields, then whatever follows.</summary>
    public static byte[] Raw(uint version, ulong tensors, ulong metadata, params byte[] rest)
    {
        var bytes = new byte[24 + rest.Length];
        "GGUF"u8.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), version);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), tensors);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), metadata);
        rest.CopyTo(bytes, 24);
        return bytes;
    }

    public static GgufHeader Read(byte[] bytes) => GgufReader.Read(new MemoryStream(bytes));
}
