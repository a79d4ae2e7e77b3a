using System.Text;
using System.Text.Json.Nodes;
using MemoryWall.NotebookRunner.Documents;
using Microsoft.DotNet.Interactive.Formatting;

namespace MemoryWall.NotebookRunner.Execution;

/// <summary>A displayed value in all its MIME types, as an nbformat bundle.</summary>
internal static class MimeBundle
{
    public static JsonObject Create(IEnumerable<FormattedValue> values)
    {
        var data = new JsonObject();
        foreach (var value in values)
            data[value.MimeType] = CreateNode(value.MimeType, value.Value ?? "");
        return data;
    }

    private static JsonNode? CreateNode(string mime, string text)
    {
        if (NotebookValidator.IsJsonMimeType(mime))
        {
            try
            {
                return StrictJson.Parse(Encoding.UTF8.GetBytes(text));
            }
            catch (NotebookException)
            {
                return JsonValue.Create(text);
            }
        }
        var isBinary = mime.StartsWith("image/", StringComparison.OrdinalIgnoreCase)
            && !mime.Contains("svg", StringComparison.OrdinalIgnoreCase);
        return isBinary ? JsonValue.Create(text) : MultilineText.Write(text);
    }
}
