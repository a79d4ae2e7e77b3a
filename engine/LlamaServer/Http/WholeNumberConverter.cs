using System.Text.Json;
using System.Text.Json.Serialization;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Reads whole numbers that a client writes with a fraction (2048.0).</summary>
internal sealed class WholeNumberConverter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TryGetInt32(out var number) ? number : (int)reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
