using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Runs.Json;

namespace MemoryWall.Reporting;

/// <summary>JSON objects of an analysis with the sentence that describes each of them.</summary>
internal static class SentenceJson
{
    /// <summary>The items as an array; each object gets a member <c>sentence</c>.</summary>
    public static JsonArray ToJson<T>(IEnumerable<T> items, Func<T, string> format) => [.. items.Select(item => ToJson(item, format))];

    private static JsonNode ToJson<T>(T item, Func<T, string> format)
    {
        var json = JsonSerializer.SerializeToNode(item, FactsJson.SingleLine)!;
        json["sentence"] = format(item);
        return json;
    }
}
