using System.Buffers;
using System.Text.Json;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>Writes JSON without records, because each compiled record would add to the memory of this process, which is measured.</summary>
internal static class JsonBytes
{
    /// <summary>One object, between a prefix and a suffix.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> fields, ReadOnlySpan<byte> prefix = default, ReadOnlySpan<byte> suffix = default)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        buffer.Write(prefix);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }
        buffer.Write(suffix);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a number where it is known.</summary>
    public static void WriteKnown(this Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } known)
            writer.WriteNumber(name, known);
    }
}
