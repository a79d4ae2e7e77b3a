using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>Reads JSON strictly, so that every value can be used and written again, and writes it in the format of Jupyter.</summary>
internal static partial class StrictJson
{
    private const int MaximumDepth = 256;

    // Each value becomes an object of a hundred bytes and more; a file of empty lists would otherwise need many gigabytes.
    private const int MaximumValues = 8_000_000;

    private static readonly JsonDocumentOptions s_readOptions = new() { MaxDepth = MaximumDepth, AllowDuplicateProperties = false };

    // Indents by one space and avoids unnecessary escapes, so that a saved notebook differs only where it changed.
    private static readonly JsonSerializerOptions s_writeOptions = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        NewLine = "\n",
        MaxDepth = MaximumDepth + 1,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <exception cref="NotebookException">The text is not JSON, has a duplicate property, or contains half of a surrogate
    /// pair.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            CheckCount(utf8);
            var node = JsonNode.Parse(utf8, documentOptions: s_readOptions);
            DecodeStrings(node);
            return node;
        }
        catch (JsonException error)
        {
            throw new NotebookException($"it is not JSON: {error.Message}");
        }
        catch (InvalidOperationException)
        {
            throw new NotebookException("it is not JSON: a string contains half of a surrogate pair");
        }
    }

    public static string Write(JsonNode node) => EscapeSequence().Replace(node.ToJsonString(s_writeOptions), Unescape);

    private static void CheckCount(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaximumDepth });
        for (var values = 0; reader.Read();)
        {
            if (reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.EndObject or JsonTokenType.EndArray)
                && ++values > MaximumValues)
                throw new NotebookException(
                    string.Create(CultureInfo.InvariantCulture, $"it has more than {MaximumValues:#,0} values"));
        }
    }

    // Reading a string decodes it, which throws if it is invalid.
    private static void DecodeStrings(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject entries:
                foreach (var (_, value) in entries)
                    DecodeStrings(value);
                break;
            case JsonArray items:
                foreach (var item in items)
                    DecodeStrings(item);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                _ = value.GetValue<string>();
                break;
        }
    }

    // The most relaxed encoder of the framework still escapes characters outside the basic multilingual plane and some others.
    private static string Unescape(Match escape)
    {
        if (escape.ValueSpan[1] != 'u')
            return escape.Value;
        var character = (char)ushort.Parse(escape.ValueSpan[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return character < 0x7f ? escape.Value : character.ToString();
    }

    [GeneratedRegex(@"\\(?:u[0-9A-Fa-f]{4}|.)", RegexOptions.CultureInvariant)]
    private static partial Regex EscapeSequence();
}
