using System.Text.Json;
using System.Text.Json.Serialization;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Dashboard.Http;

/// <summary>JSON for the page. Texts of runs come from elsewhere: no string that leaves has a character that steers what shows
/// it.</summary>
internal static class PageJson
{
    /// <summary>How everything is written.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web) { Converters = { new CleanText() } };

    private sealed class CleanText : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
            writer.WriteStringValue(SafeText.RemoveUnsafe(value));
    }
}
