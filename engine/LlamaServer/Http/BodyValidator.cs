using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>
/// Checks a request against its record before it is read. An error names the field, its value and what would be right. The record declares
/// types, bounds and choices. Fields that the record does not have are ignored, as Ollama does.
/// </summary>
internal static class BodyValidator
{
    private const int MaxShownLength = 100;

    /// <summary>Checks a body against its record.</summary>
    /// <exception cref="RefusedException">A field is not valid.</exception>
    public static void Check(JsonElement body, JsonTypeInfo record) => CheckFields(body, record, prefix: null);

    // Error messages name fields of top-level objects, such as options, without the object's name.
    private static void CheckFields(JsonElement body, JsonTypeInfo record, string? prefix)
    {
        foreach (var field in record.Properties)
            if (Find(body, field.Name) is { } value)
                CheckField(value, field, prefix, record.Options);
    }

    private static void CheckField(JsonElement value, JsonPropertyInfo field, string? prefix, JsonSerializerOptions json)
    {
        var name = prefix + field.Name;
        var type = Nullable.GetUnderlyingType(field.PropertyType) ?? field.PropertyType;
        if (type == typeof(JsonElement))
            return;
        if (type == typeof(IReadOnlyList<int>))
            CheckNumbers(value, name);
        else if (type == typeof(string))
            CheckText(value, field, name);
        else if (type == typeof(bool))
            Require(value.ValueKind is JsonValueKind.True or JsonValueKind.False, name, value, "true or false");
        else if (type == typeof(int) || type == typeof(long) || type == typeof(float))
            CheckNumber(value, field, name, type);
        else
        {
            Require(value.ValueKind == JsonValueKind.Object, name, value, "an object");
            CheckFields(value, json.GetTypeInfo(type), prefix is null ? "" : name + ".");
        }
    }

    private static void CheckText(JsonElement value, JsonPropertyInfo field, string name)
    {
        if (Attribute<ChoicesAttribute>(field) is { } choices)
            Require(value.ValueKind == JsonValueKind.String && choices.Texts.Any(value.ValueEquals), name, value,
                $"one of {string.Join(", ", choices.Texts)}");
        else
            Require(IsText(value), name, value, "a text");
    }

    private static void CheckNumber(JsonElement value, JsonPropertyInfo field, string name, Type type)
    {
        var bounds = Attribute<BoundsAttribute>(field) ?? new BoundsAttribute(int.MinValue, int.MaxValue);
        var isNumber = value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= bounds.Min
            && number <= bounds.Max;
        if (type == typeof(long))
            Require(isNumber && value.TryGetInt64(out _), name, value,
                string.Create(CultureInfo.InvariantCulture, $"a whole number from {(long)bounds.Min} to {(long)bounds.Max}"));
        else if (type == typeof(float))
            Require(isNumber, name, value, string.Create(CultureInfo.InvariantCulture, $"a number from {bounds.Min} to {bounds.Max}"));
        else
            // Some clients write whole numbers with a fraction (2048.0); only a fraction that is not 0 is an error.
            Require(isNumber && value.GetDouble() == Math.Truncate(value.GetDouble()), name, value,
                string.Create(CultureInfo.InvariantCulture, $"a whole number from {(int)bounds.Min} to {(int)bounds.Max}"));
    }

    private static void CheckNumbers(JsonElement value, string name)
    {
        Require(value.ValueKind == JsonValueKind.Array, name, value, "an array of whole numbers");
        var at = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out _))
                throw Invalid($"{name}[{at}]", item, "a whole number");
            at++;
        }
    }

    private static JsonElement? Find(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    // JSON can escape half a surrogate pair (\ud800), which is not valid text.
    private static bool IsText(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String && value.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static T? Attribute<T>(JsonPropertyInfo field)
        where T : Attribute => (T?)field.AttributeProvider?.GetCustomAttributes(typeof(T), inherit: false).FirstOrDefault();

    private static void Require(bool isRight, string name, JsonElement value, string right)
    {
        if (!isRight)
            throw Invalid(name, value, right);
    }

    private static RefusedException Invalid(string name, JsonElement value, string right)
    {
        var text = value.GetRawText();
        return new RefusedException(400, $"{name}: {(text.Length > MaxShownLength ? text[..MaxShownLength] + "…" : text)} is not {right}");
    }
}
