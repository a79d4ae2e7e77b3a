using System.Text.Json;

namespace MemoryWall.Targets.Http;

/// <summary>Reads fields of a server's JSON. A field that is missing, has another type or is out of range is null, never a
/// default.</summary>
internal static class JsonFields
{
    /// <summary>A field; null also where its value is null, or where a name in the object is not valid Unicode.</summary>
    public static JsonElement? Member(this JsonElement element, string name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
                && value.ValueKind != JsonValueKind.Null ? value : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public static JsonElement? Member(this JsonElement? element, string name) => element?.Member(name);

    /// <summary>A whole number, 0 or more.</summary>
    public static int? Count(this JsonElement? element, string name) => element?.Count(name);

    /// <inheritdoc cref="Count(JsonElement?, string)"/>
    public static int? Count(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var count) && count >= 0 ? count : null;

    /// <summary>The numbers of a list; null where the value is no list of whole numbers.</summary>
    public static IReadOnlyList<int>? Integers(this JsonElement? element)
    {
        if (element is not { ValueKind: JsonValueKind.Array } list)
            return null;
        var numbers = new List<int>(list.GetArrayLength());
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Number || !entry.TryGetInt32(out var number))
                return null;
            numbers.Add(number);
        }
        return numbers;
    }

    /// <summary>A number of bytes, 0 or more.</summary>
    public static long? Bytes(this JsonElement? element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var bytes) && bytes >= 0 ? bytes : null;

    /// <summary>A duration in nanoseconds. Servers write 0 for a duration that they did not measure, so 0 is null.</summary>
    public static TimeSpan? Nanoseconds(this JsonElement? element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var nanoseconds)
            ? WireNumbers.Duration(nanoseconds)
            : null;

    /// <summary>A duration in milliseconds; 0 is null.</summary>
    public static TimeSpan? Milliseconds(this JsonElement? element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var milliseconds)
            ? WireNumbers.Seconds(milliseconds / 1e3)
            : null;

    /// <summary>A time since some start, in nanoseconds; 0 is valid.</summary>
    public static TimeSpan? Elapsed(this JsonElement nanoseconds) =>
        nanoseconds.ValueKind == JsonValueKind.Number && nanoseconds.TryGetInt64(out var value) ? WireNumbers.Point(value) : null;

    /// <summary>A text; null also where it is not valid Unicode.</summary>
    public static string? Text(this JsonElement? element, string name) => element.Member(name)?.SafeString();

    public static bool IsTrue(this JsonElement? element, string name) => element.Member(name) is { ValueKind: JsonValueKind.True };

    /// <summary>Whether the field is a text that is not empty.</summary>
    public static bool HasText(this JsonElement? element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.String } value && !value.ValueEquals(ReadOnlySpan<byte>.Empty);

    /// <summary>The first fields as sanitized text, for the details of a server.</summary>
    public static IEnumerable<(string Name, string Value)> Details(this JsonElement? element, HttpAccess access, int max = 64)
    {
        if (element is not { ValueKind: JsonValueKind.Object } fields)
            yield break;
        foreach (var field in fields.EnumerateObject().Take(max))
        {
            if (SafeName(field) is { } name)
                yield return (access.Sanitize(name, 100), access.Sanitize(field.Value.SafeString() ?? field.Value.SafeRawText(), 500));
        }
    }

    /// <summary>The JSON of a value; a placeholder where it is not valid Unicode.</summary>
    public static string SafeRawText(this JsonElement element)
    {
        try
        {
            return element.GetRawText();
        }
        catch (InvalidOperationException)
        {
            return "(not valid Unicode)";
        }
    }

    public static string? SafeString(this JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? SafeName(JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
