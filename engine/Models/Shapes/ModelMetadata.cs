using System.Text.Json;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Models.Shapes;

/// <summary>
/// A model's description by GGUF's keys, whether it comes from a file's header or from a server's <c>/api/show</c>:
/// both use the same keys. A key whose value a server withheld (null) is known to be there, and asking for its value is an error.
/// </summary>
internal sealed class ModelMetadata
{
    private readonly IReadOnlyDictionary<string, object?> _values;

    internal ModelMetadata(IReadOnlyDictionary<string, object?> values, IReadOnlyList<ModelTensor>? tensors)
    {
        _values = values;
        Tensors = tensors;
    }

    /// <summary>The model's tensors; null where the source does not tell them, or not all of them.</summary>
    internal IReadOnlyList<ModelTensor>? Tensors { get; }

    /// <summary>The architecture's name, the first part of its own keys.</summary>
    /// <exception cref="ModelFormatException"><c>general.architecture</c> is missing.</exception>
    public string Architecture => Text("general.architecture") ?? throw MissingKey("general.architecture");

    /// <summary>Takes over a header; of a model split over several files the tensors are not known by one header alone.</summary>
    public static ModelMetadata FromHeader(GgufHeader header) =>
        FromHeader(header, SplitGgufReader.CountFiles(header) > 1 ? null : [header]);

    /// <summary>Reads a model's file; of a model split over several files, the first one, with the tensors of all.</summary>
    /// <exception cref="GgufException">It is not a GGUF file, or it is damaged or cut short.</exception>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static ModelMetadata FromFile(string path)
    {
        var header = GgufReader.Read(path);
        return FromHeader(header, SplitGgufReader.ReadHeaders(path, header));
    }

    /// <summary>Takes over the answer of <c>/api/show</c>: its <c>model_info</c>, and its <c>tensors</c> where it was asked with
    /// <c>verbose</c>.</summary>
    /// <exception cref="ModelFormatException">It has no object <c>model_info</c>.</exception>
    public static ModelMetadata FromOllamaShow(JsonElement answer) => OllamaShowReader.Read(answer);

    /// <summary>Whether the key is there, its value told or not.</summary>
    internal bool ContainsKey(string key) => _values.ContainsKey(key);

    internal string? Text(string key) => GetValue(key) switch
    {
        null => null,
        string text => text,
        var other => throw InvalidValue(key, other, "a text"),
    };

    internal bool? Flag(string key) => GetValue(key) switch
    {
        null => null,
        bool flag => flag,
        var other => throw InvalidValue(key, other, "true or false"),
    };

    /// <summary>A whole number, 0 or more; null where the key is missing.</summary>
    internal int? Integer(string key) => GetValue(key) is { } value ? ToInteger(key, value) : null;

    internal int RequiredInteger(string key) => Integer(key) ?? throw MissingKey(key);

    /// <summary>A whole number of any sign; null where the key is missing.</summary>
    internal long? LongInteger(string key) => GetValue(key) is not { } value ? null
        : ToNumber(value) is { } number && number is >= long.MinValue and <= long.MaxValue && number == decimal.Truncate(number)
            ? (long)number
        : throw InvalidValue(key, value, "a whole number");

    /// <summary>One whole number for each layer: the key holds one for all, or an array of at least so many. Truth values count as 0 and
    /// 1.</summary>
    internal int[]? IntegerPerLayer(string key, int layers)
    {
        if (GetValue(key) is not { } value)
            return null;
        if (value is not Array array)
            return [.. Enumerable.Repeat(ToInteger(key, value), layers)];
        return array.Length >= layers
            ? [.. array.Cast<object>().Take(layers).Select(item => ToInteger(key, item))]
            : throw new ModelFormatException($"{key} has {array.Length} entries; {layers}, one for each layer, would be right");
    }

    internal bool IsArray(string key) => GetValue(key) is Array;

    internal string[]? Texts(string key) => GetValue(key) switch
    {
        null => null,
        string[] texts => texts,
        Array { Length: 0 } => [],
        var other => throw InvalidValue(key, other, "an array of texts"),
    };

    internal T[]? Numbers<T>(string key, Func<decimal, T> convert) where T : struct => GetValue(key) switch
    {
        null => null,
        Array array when array.GetType() == typeof(T[]) => (T[])array, // not 'is T[]': an int[] would pass for an array of any enum
        Array array =>
            [.. array.Cast<object>()
                .Select(item => ToNumber(item) is { } number ? convert(number) : throw InvalidValue(key, item, "an array of numbers"))],
        var other => throw InvalidValue(key, other, "an array of numbers"),
    };

    /// <summary>Whether the source named the key but kept its value back, as <c>/api/show</c> does with arrays unless asked with
    /// <c>verbose</c>.</summary>
    internal bool IsWithheld(string key) => _values.TryGetValue(key, out var value) && value is null;

    internal static ModelFormatException MissingKey(string key) => new($"{key} is missing; a model's description must have it");

    private static ModelMetadata FromHeader(GgufHeader header, IReadOnlyList<GgufHeader>? parts) => new(
        header.Metadata.ToDictionary(pair => pair.Key, object? (pair) => pair.Value, StringComparer.Ordinal),
        parts?.SelectMany(part => part.Tensors).Select(tensor => new ModelTensor(tensor.Name, tensor.Dimensions, tensor.Bytes, tensor.Type))
            .ToArray());

    private static int ToInteger(string key, object value) =>
        (value is bool flag
            ? (flag ? 1 : 0)
            : ToNumber(value)) is { } number && number is >= 0 and <= int.MaxValue && number == decimal.Truncate(number)
            ? (int)number
            : throw InvalidValue(key, value, $"a whole number from 0 to {int.MaxValue}");

    private static decimal? ToNumber(object value) => value switch
    {
        byte v => v,
        sbyte v => v,
        ushort v => v,
        short v => v,
        uint v => v,
        int v => v,
        ulong v => v,
        long v => v,
        float v => ToDecimal(v),
        double v => ToDecimal(v),
        _ => null,
    };

    private static decimal? ToDecimal(double value) => Math.Abs(value) < 1e27 ? (decimal)value : null;

    private static ModelFormatException InvalidValue(string key, object value, string right) =>
        new($"{key} is {FormatValue(value)}; {right} would be right");

    private static string FormatValue(object value) => value switch
    {
        string text => text.Length <= 40 ? $"'{text}'" : $"'{text[..40]}…'",
        Array array => $"an array of {array.Length}",
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private object? GetValue(string key) => _values.TryGetValue(key, out var value)
        ? value ?? throw new ModelFormatException($"{key} is there, but its value was not told; ask the server with verbose")
        : null;
}

/// <summary>One tensor, as far as a model's size goes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dimensions">Its extents, the row's length first.</param>
/// <param name="Bytes">Its bytes; null where its type is not known.</param>
/// <param name="Type">How its numbers are stored; null where the source does not tell.</param>
internal sealed record ModelTensor(string Name, IReadOnlyList<long> Dimensions, long? Bytes, GgmlType? Type = null)
{
    /// <summary>Its numbers; null where its shape is out of range.</summary>
    public long? ElementCount => GgmlTypes.ElementCount(Dimensions);
}
