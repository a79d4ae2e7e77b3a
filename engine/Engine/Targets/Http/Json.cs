using System.Text.Json;

namespace MemoryWall.Targets.Http;

/// <summary>Asks a foreign server's JSON for fields. What is missing, of another type or out of range is null: never a zero.</summary>
internal static class Json
{
    public static JsonElement? Object(JsonElement? parent, string name) => Find(parent, name) is { ValueKind: JsonValueKind.Object } value ? value : null;

    public static string? Text(JsonElement? parent, string name) => Find(parent, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>A text, or the JSON of whatever else stands there.</summary>
    public static string? AnyText(JsonElement? parent, string name) => Find(parent, name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        var other => other.Value.GetRawText(),
    };

    public static bool? Flag(JsonElement? parent, string name) => Find(parent, name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : null;

    public static long? Long(JsonElement? parent, string name) =>
        Find(parent, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) && number >= 0 ? number : null;

    public static int? Count(JsonElement? parent, string name) => Long(parent, name) is { } number and <= int.MaxValue ? (int)number : null;

    public static TimeSpan? Nanoseconds(JsonElement? parent, string name) => Long(parent, name) is { } number ? FromNanoseconds(number) : null;

    public static IReadOnlyList<TimeSpan> ManyNanoseconds(JsonElement? parent, string name)
    {
        if (Find(parent, name) is not { ValueKind: JsonValueKind.Array } array)
            return [];
        var values = new List<TimeSpan>(array.GetArrayLength());
        foreach (var item in array.EnumerateArray())
            if (item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out var number) && number >= 0)
                values.Add(FromNanoseconds(number));
        return values;
    }

    /// <summary>The objects in an array; others are passed over.</summary>
    public static IEnumerable<JsonElement> Objects(JsonElement? parent, string name) =>
        Find(parent, name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object) : [];

    /// <summary>The texts in an array; others are passed over.</summary>
    public static IEnumerable<string> Texts(JsonElement? parent, string name) =>
        Find(parent, name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!) : [];

    /// <summary>All fields that hold texts, by name.</summary>
    public static IReadOnlyDictionary<string, string> AllTexts(JsonElement? parent)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (parent is { ValueKind: JsonValueKind.Object } element)
            foreach (var property in element.EnumerateObject())
                if (property.Value.ValueKind == JsonValueKind.String)
                    texts[property.Name] = property.Value.GetString()!;
        return texts;
    }

    private static TimeSpan FromNanoseconds(long number) => TimeSpan.FromTicks(number / TimeSpan.NanosecondsPerTick);

    private static JsonElement? Find(JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var value) ? value : null;
}
