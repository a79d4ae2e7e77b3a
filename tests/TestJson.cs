using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MemoryWall.Tests;

/// <summary>JSON of values that tests and scripted servers make themselves. Where reflection is turned off as the default, as in file-based
/// apps, only the engine is to do without it.</summary>
internal static class TestJson
{
    public static JsonSerializerOptions Options { get; } = new() { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);
}
