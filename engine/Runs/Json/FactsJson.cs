using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Tables;
using MemoryWall.Core.Time;
using MemoryWall.Core.Units;

namespace MemoryWall.Runs.Json;

/// <summary>How facts are written as JSON: names in snake_case with their unit, durations in seconds, absent values as null.</summary>
internal static class FactsJson
{
    /// <summary>Indented, for files that people open.</summary>
    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    /// <summary>One line, for logs and machines.</summary>
    public static JsonSerializerOptions SingleLine { get; } = Create(indented: false);

    private const string OutOfRange = "The time is out of range.";

    private static JsonSerializerOptions Create(bool indented)
    {
        var options = new JsonSerializerOptions
        {
            WriteIndented = indented,
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DictionaryKeyPolicy = null,
            Encoder = JavaScriptEncoder.Default,
            AllowOutOfOrderMetadataProperties = true,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            MaxDepth = 64,
            // File-based apps turn reflection off as the default; these records need it.
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        options.Converters.Add(new TextConverter());
        options.Converters.Add(new SecondsConverter());
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new TokenCountConverter());
        options.Converters.Add(new ByteSizeConverter());
        options.MakeReadOnly();
        return options;
    }

    // No text is stored with a key in it, wherever it comes from.
    private sealed class TextConverter : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
            writer.WriteStringValue(KnownSecrets.Remove(value));

        public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString()!;

        public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
            writer.WritePropertyName(KnownSecrets.Remove(value));
    }

    private sealed class SecondsConverter : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            ExactSeconds.TryConvert(reader.GetDecimal(), out TimeSpan duration) ? duration : throw new JsonException(OutOfRange);

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(ExactSeconds.From(value));
    }

    private sealed class InstantConverter : JsonConverter<Instant>
    {
        public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            ExactSeconds.TryConvert(reader.GetDecimal(), out Instant at) ? at : throw new JsonException(OutOfRange);

        public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(ExactSeconds.From(value));
    }

    private sealed class TokenCountConverter : JsonConverter<TokenCount>
    {
        public override TokenCount Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(reader.GetInt32());

        public override void Write(Utf8JsonWriter writer, TokenCount value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(value.Value);
    }

    private sealed class ByteSizeConverter : JsonConverter<ByteSize>
    {
        public override ByteSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(reader.GetInt64());

        public override void Write(Utf8JsonWriter writer, ByteSize value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(value.Bytes);
    }
}
