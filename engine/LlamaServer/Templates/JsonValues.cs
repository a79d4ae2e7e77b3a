using System.Text.Json;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>JSON as values of a template.</summary>
internal static class JsonValues
{
    /// <summary>The value of a template for a JSON value.</summary>
    public static object From(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString()!,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => json.TryGetInt64(out var whole) ? whole : (object)json.GetDouble(),
        JsonValueKind.Array => new TemplateList([.. json.EnumerateArray().Select(From)]),
        JsonValueKind.Object => FromObject(json),
        _ => None.Value,
    };

    private static TemplateDictionary FromObject(JsonElement json)
    {
        var dictionary = new TemplateDictionary();
        foreach (var member in json.EnumerateObject())
            dictionary.Set(member.Name, From(member.Value));
        return dictionary;
    }
}
