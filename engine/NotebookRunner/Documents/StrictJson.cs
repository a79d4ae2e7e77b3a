using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>JSON read so that all of it can be used and written again, and written the way that Jupyter writes it.</summary>
internal static partial class StrictJson
{
    private const int MaximumDepth = 256;

    private static readonly JsonDocumentOptions s_readOptions = new() { MaxDepth = MaximumDepth, AllowDuplicateProperties = false };

    // One blank a level and no escapes that JSON does not ask for, so that a saved notebook differs only where it changed.
    private static readonly JsonSerializerOptions s_writeOptions = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        NewLine = "\n",
        MaxDepth = MaximumDepth + 1,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <exception cref="NotebookException">It is no JSON, names a property twice, or holds half of a surrogate pair.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
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
            throw new NotebookException("it is not JSON: a string is no valid text (half of a surrogate pair)");
        }
    }

    public static string Write(JsonNode node) => EscapeSequence().Replace(node.ToJsonString(s_writeOptions), Unescape);

    // Strings are decoded when they are read, and what cannot be decoded throws then.
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

    // The framework's most relaxed encoder still escapes what lies outside of the first plane, and some more.
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
