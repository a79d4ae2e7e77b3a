using System.Globalization;
using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MemoryWall.Audit.Readers;

/// <summary>Writes a YAML document as JSON, so that one reader serves both forms. Anchors, which can make a small file a huge one, and
/// deep nesting are not read.</summary>
internal static class YamlJson
{
    /// <summary>The JSON of the first document; null where the text is not such YAML.</summary>
    public static string? Convert(string text)
    {
        using var bytes = new MemoryStream();
        try
        {
            using var json = new Utf8JsonWriter(bytes);
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            Write(parser, json, depth: 0);
            json.Flush();
            return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        }
        catch (Exception error) when (error is YamlException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static void Write(Parser parser, Utf8JsonWriter json, int depth)
    {
        if (depth > JsonScanner.MaxDepth)
            throw new YamlException("the document is nested too deeply");
        if (parser.TryConsume<Scalar>(out var scalar))
        {
            WriteScalar(scalar, json);
        }
        else if (parser.TryConsume<SequenceStart>(out _))
        {
            json.WriteStartArray();
            while (!parser.TryConsume<SequenceEnd>(out _))
                Write(parser, json, depth + 1);
            json.WriteEndArray();
        }
        else
        {
            parser.Consume<MappingStart>();
            json.WriteStartObject();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                json.WritePropertyName(parser.Consume<Scalar>().Value);
                Write(parser, json, depth + 1);
            }
            json.WriteEndObject();
        }
    }

    private static void WriteScalar(Scalar scalar, Utf8JsonWriter json)
    {
        var isPlain = scalar.Style == ScalarStyle.Plain;
        if (isPlain && scalar.Value is "" or "null" or "~")
            json.WriteNullValue();
        else if (isPlain && scalar.Value is "true" or "false")
            json.WriteBooleanValue(scalar.Value == "true");
        else if (isPlain && double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number))
            json.WriteNumberValue(number);
        else
            json.WriteStringValue(scalar.Value);
    }
}
