using System.Text.Json.Nodes;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>A text in nbformat: a string, or a list of lines with their line feeds.</summary>
internal static class MultilineText
{
    /// <summary>The text; empty if absent.</summary>
    public static string Read(JsonNode? node) => node switch
    {
        null => "",
        JsonArray lines => string.Concat(lines.Select(line => (string?)line)),
        _ => (string?)node ?? "",
    };

    /// <summary>The text as a list of lines, which gives readable diffs.</summary>
    public static JsonArray Write(string text)
    {
        var lines = new JsonArray();
        for (var start = 0; start < text.Length;)
        {
            var feed = text.IndexOf('\n', start);
            var end = feed < 0 ? text.Length : feed + 1;
            lines.Add(text[start..end]);
            start = end;
        }
        return lines;
    }
}
