using System.Text.Json;

namespace MemoryWall.Models;

/// <summary>
/// A model's metadata by GGUF key, wherever it came from: a GGUF header or the <c>model_info</c> of an Ollama server, which has the same
/// keys. Numbers come in many widths and some servers write them as fractions; asking for one forgives that.
/// </summary>
public sealed class ModelMetadata
{
    private readonly IReadOnlyDictionary<string, object> _values;

    /// <summary>Takes values as a GGUF header holds them.</summary>
    public ModelMetadata(IReadOnlyDictionary<string, object> values) => _values = values;

    /// <summary>Takes the <c>model_info</c> object of an Ollama server; what is null there is absent here.</summary>
    public static ModelMetadata FromJson(JsonElement modelInfo)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        if (modelInfo.ValueKind == JsonValueKind.Object)
            foreach (var property in modelInfo.EnumerateObject())
                if (Value(property.Value) is { } value)
                    values[property.Name] = value;
        return new ModelMetadata(values);
    }

    /// <summary>The text of this key; null where there is none.</summary>
    public string? Text(string key) => _values.GetValueOrDefault(key) as string;

    /// <summary>The truth value of this key; null where there is none.</summary>
    public bool? Flag(string key) => _values.GetValueOrDefault(key) as bool?;

    /// <summary>The whole number of this key; null where there is none that fits.</summary>
    public int? Number(string key) => ToNumber(_values.GetValueOrDefault(key));

    /// <summary>The 64-bit whole number of this key; null where there is none that fits.</summary>
    public long? LongNumber(string key) => ToLong(_values.GetValueOrDefault(key));

    /// <summary>The texts of this key; null where there are none.</summary>
    public IReadOnlyList<string>? Texts(string key) => _values.GetValueOrDefault(key) as string[];

    /// <summary>The whole numbers of this key, one or many; null where there are none.</summary>
    public IReadOnlyList<int>? Numbers(string key) => _values.GetValueOrDefault(key) switch
    {
        ulong[] many => Array.ConvertAll(many, value => ToNumber(value) ?? 0),
        long[] many => Array.ConvertAll(many, value => ToNumber(value) ?? 0),
        double[] many => Array.ConvertAll(many, value => ToNumber(value) ?? 0),
        var one => ToNumber(one) is { } number ? [number] : null,
    };

    /// <summary>The fractions of this key; null where there are none.</summary>
    public IReadOnlyList<float>? Fractions(string key) => _values.GetValueOrDefault(key) switch
    {
        double[] many => Array.ConvertAll(many, value => (float)value),
        long[] many => Array.ConvertAll(many, value => (float)value),
        _ => null,
    };

    /// <summary>The truth values of this key; null where there are none.</summary>
    public IReadOnlyList<bool>? Flags(string key) => _values.GetValueOrDefault(key) as bool[];

    private static int? ToNumber(object? value) => ToLong(value) is { } number and >= int.MinValue and <= int.MaxValue ? (int)number : null;

    private static long? ToLong(object? value) => value switch
    {
        ulong number when number <= long.MaxValue => (long)number,
        long number => number,
        double number when number == Math.Truncate(number) && Math.Abs(number) < 1L << 53 => (long)number,
        _ => null,
    };

    private static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => element.TryGetInt64(out var whole) ? whole : element.GetDouble(),
        JsonValueKind.Array when element.GetArrayLength() > 0 => Many(element),
        _ => null,
    };

    private static object? Many(JsonElement array)
    {
        var items = array.EnumerateArray();
        return array[0].ValueKind switch
        {
            JsonValueKind.String => All(items, item => item.ValueKind == JsonValueKind.String, item => item.GetString()!),
            JsonValueKind.Number => All(items, item => item.ValueKind == JsonValueKind.Number, item => item.GetDouble()),
            JsonValueKind.True or JsonValueKind.False => All(items, item => item.ValueKind is JsonValueKind.True or JsonValueKind.False, item => item.GetBoolean()),
            _ => null,
        };
    }

    private static T[]? All<T>(JsonElement.ArrayEnumerator items, Func<JsonElement, bool> fits, Func<JsonElement, T> read)
    {
        var values = new List<T>();
        foreach (var item in items)
        {
            if (!fits(item))
                return null;
            values.Add(read(item));
        }
        return [.. values];
    }
}
