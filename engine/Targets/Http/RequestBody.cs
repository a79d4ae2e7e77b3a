using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>Writes JSON bodies of requests directly as bytes, since prompts can have many megabytes.</summary>
internal static class RequestBody
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, s_options);
        writer.WriteStartObject();
        fields(writer);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>The JSON of a record, as UTF-8.</summary>
    public static ReadOnlyMemory<byte> Write<T>(T record, JsonTypeInfo<T> type)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, s_options);
        JsonSerializer.Serialize(writer, record, type);
        return buffer.WrittenMemory;
    }

    /// <summary>Writes the prompt as token ids where it has them and the target accepts them, else as text.</summary>
    public static void WritePrompt(this Utf8JsonWriter writer, Prompt prompt, bool asIds)
    {
        if (!asIds || prompt.TokenIds is not { } ids)
        {
            writer.WriteString("prompt", prompt.Text);
            return;
        }
        writer.WriteStartArray("prompt");
        foreach (var id in ids)
            writer.WriteNumberValue(id);
        writer.WriteEndArray();
    }
}
