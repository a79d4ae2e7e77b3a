using System.Text.Json;
using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>Reads an array of numbers into an array of exactly its length, because a prompt can have a million tokens and the server's
/// memory is measured.</summary>
internal sealed class TokenArrayConverter : JsonConverter<IReadOnlyList<int>>
{
    public override IReadOnlyList<int> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException();
        var count = 0;
        for (var ahead = reader; ahead.Read() && ahead.TokenType == JsonTokenType.Number;)
            count++;
        var numbers = new int[count];
        for (var i = 0; i < count; i++)
            numbers[i] = reader.Read() && reader.TryGetInt32(out var number) ? number : throw new JsonException();
        return reader.Read() && reader.TokenType == JsonTokenType.EndArray ? numbers : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<int> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        for (var i = 0; i < value.Count; i++)
            writer.WriteNumberValue(value[i]);
        writer.WriteEndArray();
    }
}
