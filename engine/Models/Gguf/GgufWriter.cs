using System.Runtime.InteropServices;
using System.Text;

namespace MemoryWall.Models.Gguf;

/// <summary>A tensor to write.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dimensions">Its dimensions, the row length first.</param>
/// <param name="Type">Its data type.</param>
/// <param name="Write">Writes exactly its data to a stream.</param>
internal sealed record GgufTensorSource(string Name, IReadOnlyList<long> Dimensions, GgmlType Type, Action<Stream> Write)
{
    /// <summary>Its size in bytes.</summary>
    public long Bytes { get; } = GgmlTypes.TensorBytes(Type, Dimensions)
        ?? throw new ArgumentException($"tensor '{Name}' of shape [{string.Join(", ", Dimensions)}] cannot be stored as {Type}");
}

/// <summary>
/// Writes little-endian GGUF of version 3: metadata as in <see cref="GgufHeader.Metadata"/>, then the tensors one after the other. Each
/// tensor writes itself to the stream, so that memory does not grow with the file.
/// </summary>
internal static class GgufWriter
{
    private const int Alignment = 32;

    /// <summary>Builds the header: everything before the tensor data.</summary>
    public static byte[] BuildHeader(IReadOnlyCollection<KeyValuePair<string, object>> metadata,
        IReadOnlyCollection<GgufTensorSource> tensors)
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)metadata.Count);
        foreach (var (key, value) in metadata)
        {
            WriteText(writer, key);
            writer.Write((uint)GgufValueTypes.FromType(value.GetType()));
            WriteValue(writer, value);
        }

        var offset = 0L;
        foreach (var tensor in tensors)
        {
            WriteText(writer, tensor.Name);
            writer.Write((uint)tensor.Dimensions.Count);
            foreach (var extent in tensor.Dimensions)
                writer.Write((ulong)extent);
            writer.Write((uint)tensor.Type);
            writer.Write((ulong)offset);
            offset += AlignUp(tensor.Bytes);
        }

        writer.Write(new byte[AlignUp(bytes.Length) - bytes.Length]);
        return bytes.ToArray();
    }

    /// <summary>The size of the whole file in bytes.</summary>
    public static long FileBytes(ReadOnlySpan<byte> header, IEnumerable<GgufTensorSource> tensors) =>
        header.Length + tensors.Sum(tensor => AlignUp(tensor.Bytes));

    /// <summary>Writes a file: the header from <see cref="BuildHeader"/>, then the data of each tensor.</summary>
    /// <exception cref="InvalidOperationException">A tensor wrote more or fewer bytes than its size.</exception>
    public static void Write(
        Stream stream, ReadOnlySpan<byte> header, IReadOnlyCollection<GgufTensorSource> tensors,
        IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var total = FileBytes(header, tensors);
        var counted = new ProgressStream(stream, total, progress, cancellation);
        counted.Write(header);
        foreach (var tensor in tensors)
        {
            var start = counted.BytesWritten;
            tensor.Write(counted);
            if (counted.BytesWritten - start != tensor.Bytes)
                throw new InvalidOperationException(
                    $"the source of tensor '{tensor.Name}' wrote {counted.BytesWritten - start} bytes; it must write {tensor.Bytes}");
            counted.Write(new byte[AlignUp(tensor.Bytes) - tensor.Bytes]);
        }
    }

    private static long AlignUp(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case byte v: writer.Write(v); break;
            case sbyte v: writer.Write(v); break;
            case ushort v: writer.Write(v); break;
            case short v: writer.Write(v); break;
            case uint v: writer.Write(v); break;
            case int v: writer.Write(v); break;
            case float v: writer.Write(v); break;
            case bool v: writer.Write(v); break;
            case string v: WriteText(writer, v); break;
            case ulong v: writer.Write(v); break;
            case long v: writer.Write(v); break;
            case double v: writer.Write(v); break;
            case Array v: WriteArray(writer, v); break;
            default: throw new ArgumentException($"GGUF has no value of type {value.GetType()}", nameof(value));
        }
    }

    private static void WriteArray(BinaryWriter writer, Array values)
    {
        writer.Write((uint)GgufValueTypes.FromType(values.GetType().GetElementType()!));
        writer.Write((ulong)values.Length);
        switch (values)
        {
            case int[] numbers: writer.Write(MemoryMarshal.AsBytes(numbers.AsSpan())); break;
            case float[] numbers: writer.Write(MemoryMarshal.AsBytes(numbers.AsSpan())); break;
            case string[] texts: System.Array.ForEach(texts, text => WriteText(writer, text)); break;
            default:
                foreach (var value in values)
                    WriteValue(writer, value);
                break;
        }
    }
}
