using System.Text.Json;
using System.Text.Json.Serialization;

namespace MemoryWall.Reporting.Json;

/// <summary>Writes a result of an analysis as an object with its fields and the words for it.</summary>
/// <param name="name">The name of the member with the words.</param>
/// <param name="format">The words.</param>
internal sealed class SentenceConverter<T>(string name, Func<T, string> format) : JsonConverter<T>
{
    private JsonSerializerOptions? _fields;

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("a result of an analysis is computed and not read");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        var json = JsonSerializer.SerializeToNode(value, _fields ??= WithoutThis(options))!.AsObject();
        json[name] = format(value);
        json.WriteTo(writer, options);
    }

    // The members may have words of their own.
    private JsonSerializerOptions WithoutThis(JsonSerializerOptions options)
    {
        var others = new JsonSerializerOptions(options);
        others.Converters.Remove(this);
        return others;
    }
}
