using System.Text.Json;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Models.Shapes;

/// <summary>Reads the response of Ollama's <c>/api/show</c>. It is data of an external server: every part may be missing or have the wrong
/// type.</summary>
internal static class OllamaShowReader
{
    public static ModelMetadata Read(JsonElement answer)
    {
        try
        {
            return ReadMetadata(answer);
        }
        catch (InvalidOperationException)
        {
            // JsonElement rejects unpaired surrogates only when the text is read.
            throw new ModelFormatException("model_info or tensors contains a text that is not valid Unicode");
        }
    }

    private static ModelMetadata ReadMetadata(JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("model_info", out var info)
            || info.ValueKind != JsonValueKind.Object)
            throw new ModelFormatException("model_info is missing; the response of /api/show must have an object of this name");
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var property in info.EnumerateObject())
            values[property.Name] = ReadValue(property.Name, property.Value);
        var tensors = answer.TryGetProperty("tensors", out var list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0
            ? list.EnumerateArray().Select(ReadTensor).ToArray()
            : null;
        return new ModelMetadata(values, tensors);
    }

    private static object? ReadValue(string key, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.String => element.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => ReadNumber(element),
        JsonValueKind.Array => ReadArray(key, element),
        _ => throw new ModelFormatException($"{key} is an object; it must be a text, a number, a truth value or an array"),
    };

    private static object ReadNumber(JsonElement element) => element.TryGetInt64(out var whole) ? whole : element.GetDouble();

    /// <summary>Reads an array of texts, numbers or truth values. An empty array counts as withheld, because older servers empty long
    /// arrays.</summary>
    private static Array? ReadArray(string key, JsonElement element)
    {
        if (element.GetArrayLength() == 0)
            return null;
        return element[0].ValueKind switch
        {
            JsonValueKind.String => ReadElements(key, element, item => item.ValueKind == JsonValueKind.String, item => item.GetString()!),
            JsonValueKind.Number => ReadNumbers(key, element),
            JsonValueKind.True or JsonValueKind.False =>
                ReadElements(key, element, item => item.ValueKind is JsonValueKind.True or JsonValueKind.False, item => item.GetBoolean()),
            var kind => throw new ModelFormatException($"{key} is an array of {kind}; it must contain texts, numbers or truth values"),
        };
    }

    private static Array ReadNumbers(string key, JsonElement element)
    {
        var numbers = ReadElements(key, element, item => item.ValueKind == JsonValueKind.Number, ReadNumber);
        return numbers.All(number => number is long)
            ? System.Array.ConvertAll(numbers, number => (long)number)
            : System.Array.ConvertAll(numbers, number => number is long whole ? whole : (double)number);
    }

    private static T[] ReadElements<T>(string key, JsonElement element, Func<JsonElement, bool> fits, Func<JsonElement, T> take)
    {
        var values = new T[element.GetArrayLength()];
        var i = 0;
        foreach (var item in element.EnumerateArray())
            values[i++] = fits(item)
                ? take(item)
                : throw new ModelFormatException($"{key}, entry {i - 1}, has another type than the first entry");
        return values;
    }

    private static ModelTensor ReadTensor(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object
            || !element.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String
            || !element.TryGetProperty("shape", out var shape) || shape.ValueKind != JsonValueKind.Array)
            throw new ModelFormatException("tensors: an entry lacks a text 'name' or an array 'shape'");
        var dimensions = shape.EnumerateArray()
            .Select(extent => extent.ValueKind == JsonValueKind.Number && extent.TryGetInt64(out var value) ? value : -1)
            .ToArray();
        var type = element.TryGetProperty("type", out var text) && text.ValueKind == JsonValueKind.String
            ? GgmlTypes.FindByName(text.GetString()!)
            : null;
        return new ModelTensor(name.GetString()!, dimensions, type is { } known ? GgmlTypes.TensorBytes(known, dimensions) : null, type);
    }
}
