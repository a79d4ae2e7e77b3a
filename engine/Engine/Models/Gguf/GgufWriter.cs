using System.Text;

namespace MemoryWall.Models.Gguf;

/// <summary>
/// Writes a GGUF version 3 file: first the header, then each tensor's bytes as they are made. Memory does not grow with the file.
/// </summary>
public sealed class GgufWriter
{
    private const uint Magic = 0x46554747;
    private const uint Version = 3;
    private const int Alignment = 32;

    private readonly MemoryStream _metadata = new();
    private readonly List<(string Name, long[] Dimensions, GgmlType Type, Action<Stream> Write)> _tensors = [];
    private ulong _keys;

    /// <summary>Bytes that the tensors added so far take, padding included.</summary>
    public long DataBytes => _tensors.Sum(tensor => Padded(BytesOf(tensor.Dimensions, tensor.Type)));

    /// <summary>Adds a text.</summary>
    public void Add(string key, string value) => Add(key, GgufValueType.String, writer => Text(writer, value));

    /// <summary>Adds a whole number.</summary>
    public void Add(string key, uint value) => Add(key, GgufValueType.UInt32, writer => writer.Write(value));

    /// <summary>Adds a fraction.</summary>
    public void Add(string key, float value) => Add(key, GgufValueType.Float32, writer => writer.Write(value));

    /// <summary>Adds a truth value.</summary>
    public void Add(string key, bool value) => Add(key, GgufValueType.Bool, writer => writer.Write(value));

    /// <summary>Adds texts.</summary>
    public void Add(string key, IReadOnlyCollection<string> values) => AddArray(key, GgufValueType.String, values, Text);

    /// <summary>Adds whole numbers.</summary>
    public void Add(string key, IReadOnlyCollection<int> values) => AddArray(key, GgufValueType.Int32, values, static (writer, value) => writer.Write(value));

    /// <summary>Adds fractions.</summary>
    public void Add(string key, IReadOnlyCollection<float> values) => AddArray(key, GgufValueType.Float32, values, static (writer, value) => writer.Write(value));

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dimensions">Its sizes, innermost first; the first a multiple of the type's block.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="write">Writes exactly its bytes when its turn comes.</param>
    public void AddTensor(string name, long[] dimensions, GgmlType type, Action<Stream> write)
    {
        if (dimensions[0] % type.BlockElements != 0)
            throw new ArgumentException($"tensor '{name}': rows of {dimensions[0]} elements cannot be stored as {type.Name}, whose blocks hold {type.BlockElements}", nameof(dimensions));
        _tensors.Add((name, dimensions, type, write));
    }

    /// <summary>Writes the whole file to a stream that knows its position.</summary>
    public void Write(Stream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write((ulong)_tensors.Count);
        writer.Write(_keys);
        _metadata.WriteTo(stream);
        long offset = 0;
        foreach (var (name, dimensions, type, _) in _tensors)
        {
            Text(writer, name);
            writer.Write((uint)dimensions.Length);
            foreach (var size in dimensions)
                writer.Write((ulong)size);
            writer.Write(type.Id);
            writer.Write((ulong)offset);
            offset += Padded(BytesOf(dimensions, type));
        }
        writer.Flush();
        Pad(stream);
        foreach (var (name, dimensions, type, write) in _tensors)
        {
            var start = stream.Position;
            write(stream);
            var written = stream.Position - start;
            if (written != BytesOf(dimensions, type))
                throw new InvalidOperationException($"tensor '{name}' wrote {written} bytes instead of {BytesOf(dimensions, type)}");
            Pad(stream);
        }
    }

    private void Add(string key, GgufValueType type, Action<BinaryWriter> value)
    {
        using var writer = new BinaryWriter(_metadata, Encoding.UTF8, leaveOpen: true);
        Text(writer, key);
        writer.Write((uint)type);
        value(writer);
        _keys++;
    }

    private void AddArray<T>(string key, GgufValueType type, IReadOnlyCollection<T> values, Action<BinaryWriter, T> one) => Add(key, GgufValueType.Array, writer =>
    {
        writer.Write((uint)type);
        writer.Write((ulong)values.Count);
        foreach (var value in values)
            one(writer, value);
    });

    private static void Text(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static long BytesOf(long[] dimensions, GgmlType type) => type.BytesOf(dimensions.Aggregate(1L, (product, size) => product * size));

    private static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static void Pad(Stream stream)
    {
        Span<byte> zeros = stackalloc byte[Alignment];
        zeros.Clear();
        stream.Write(zeros[..(int)(Padded(stream.Position) - stream.Position)]);
    }
}
