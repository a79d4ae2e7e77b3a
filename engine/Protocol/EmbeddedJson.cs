using System.Text.Json;
using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>Reads and writes every record of the protocol, at the server and at the client. Null fields are not written.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GenerateBody))]
[JsonSerializable(typeof(GenerateFrame))]
[JsonSerializable(typeof(ShowBody))]
[JsonSerializable(typeof(ShowResponse))]
[JsonSerializable(typeof(TagsResponse))]
[JsonSerializable(typeof(RunningResponse))]
[JsonSerializable(typeof(VersionResponse))]
[JsonSerializable(typeof(ErrorResponse))]
[JsonSerializable(typeof(Handshake))]
// The types of metadata in a GGUF file.
[JsonSerializable(typeof(byte))]
[JsonSerializable(typeof(sbyte))]
[JsonSerializable(typeof(ushort))]
[JsonSerializable(typeof(short))]
[JsonSerializable(typeof(uint))]
[JsonSerializable(typeof(ulong))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(byte[]))]
[JsonSerializable(typeof(sbyte[]))]
[JsonSerializable(typeof(ushort[]))]
[JsonSerializable(typeof(short[]))]
[JsonSerializable(typeof(uint[]))]
[JsonSerializable(typeof(int[]))]
[JsonSerializable(typeof(float[]))]
[JsonSerializable(typeof(bool[]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(ulong[]))]
[JsonSerializable(typeof(long[]))]
[JsonSerializable(typeof(double[]))]
[JsonSerializable(typeof(object[]))]
internal sealed partial class EmbeddedJson : JsonSerializerContext
{
    /// <summary>Converts a text for a field that accepts texts and numbers (<c>keep_alive</c>).</summary>
    public static JsonElement ToElement(string text) => JsonSerializer.SerializeToElement(text, Default.String);
}
