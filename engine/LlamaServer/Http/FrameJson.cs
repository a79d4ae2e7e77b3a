using System.Text.Json.Serialization;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>
/// Writes the records that this server only writes, with the same settings as <see cref="EmbeddedJson"/>. Code for reading them, which
/// <see cref="EmbeddedJson"/> compiles at its first use, would add to the memory of this process, which is measured.
/// </summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(GenerateFrame))]
[JsonSerializable(typeof(Handshake))]
internal sealed partial class FrameJson : JsonSerializerContext;
