using System.Text.Json;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Models.Shapes;

/// <summary>
/// The metadata of a model by GGUF key, from a file's header or from a server's <c>/api/show</c>, which use the same keys. A server may
/// withhold a value (null): the key then counts as present, and reading its value is an error.
/// </summary>
internal sealed class ModelMetadata
{
    private readonly IReadOnlyDictionary<string, object?> _values;

    internal ModelMetadata(IReadOnlyDictionary<string, object?> values, IReadOnlyList<ModelTensor>? tensors)
    {
        _values = values;
        Tensors = tensors;
    }

    /// <summary>The model's tensors; null where the source does not report all of them.</summary>
    internal IReadOnlyList<ModelTensor>? Tensors { get; }

    /// <summary>The architecture's name, which is the prefix of its keys.</summary>
    /// <exception cref="ModelFormatException"><c>general.architecture</c> is missing.</exception>
    public string Architecture => Text("general.architecture") ?? throw MissingKey("general.architecture");

    /// <summary>Creates metadata from a header. One header of a split model does not give all tensors.</summary>
    public static ModelMetadata FromHeader(GgufHeader header) =>
        FromHeader(header, SplitGgufReader.CountFiles(header) > 1 ? null : [header]);

    /// <summary>Creates metadata from the headers of all files of a model, the first one first.</summary>
    internal static ModelMetadata FromHeaders(IReadOnlyList<GgufHeader> headers) => FromHeader(headers[0], headers);

    /// <summary>Reads a model file. For a split model it reads the first file, with the tensors of all files.</summary>
    /// <exception cref="GgufException">It is not a GGUF file, or it is damaged or truncated.</exception>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied, or it is a folder.</exception>
    public static ModelMetadata FromFile(string path) => FromFile(path, GgufReader.Read(path));

    /// <summary>Reads a model file whose header is known. Exceptions as of <see cref="FromFile(string)"/>.</summary>
    internal static ModelMetadata FromFile(string path, GgufHeader header) =>
        FromHeader(header, SplitGgufReader.ReadHeaders(path, header));

    /// <summary>Creates metadata from the response of <c>/api/show</c>: its <c>model_info</c>, and its <c>tensors</c> for a request with
    /// <c>verbose</c>.</summary>
    /// <exception cref="ModelFormatException">The response has no object <c>model_info</c>.</exception>
    public static ModelMetadata FromOllamaShow(JsonElement answer) => OllamaShowReader.Read(answer);

    /// <summary>Whether the key is present, even with a withheld value.</summary>
    internal bool ContainsKey(string key) => _values.ContainsKey(key);

    /// <summary>The keys that are present.</summary>
    internal IEnumerable<string> Keys => _values.Keys;

    /// <summary>A text; null also where the value is withheld or no text.</summary>
    internal string? TextOrNull(string key) => _values.GetValueOrDefault(key) as string;

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

    /// <summary>One whole number for each layer: the value is a single number for all layers, or an array with at least one entry for each.
    /// Truth values count as 0 and 1.</summary>
    internal int[]? IntegerPerLayer(string key, int layers)
    {
        if (GetValue(key) is not { } value)
            return null;
        if (value is not Array array)
            return [.. Enumerable.Repeat(ToInteger(key, value), layers)];
        return array.Length >= layers
            ? [.. array.Cast<object>().Take(layers).Select(item => ToInteger(key, item))]
            : throw new ModelFormatException($"{key} has {array.Length} entries; it must have {layers}, one for each layer");
    }

    internal bool IsArray(string key) => GetValue(key) is Array;

    /// <summary>Number of entries of an array; 0 where the key is missing or no array.</summary>
    internal int ArrayLength(string key) => GetValue(key) is Array array ? array.Length : 0;

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
        Array array when array.GetType() == typeof(T[]) => (T[])array, // not 'is T[]', which an int[] also satisfies for any enum
        Array array =>
            [.. array.Cast<object>()
                .Select(item => ToNumber(item) is { } number ? convert(number) : throw InvalidValue(key, item, "an array of numbers"))],
        var other => throw InvalidValue(key, other, "an array of numbers"),
    };

    /// <summary>Whether the source withheld the key's value, as <c>/api/show</c> does with arrays unless the request has
    /// <c>verbose</c>.</summary>
    internal bool IsWithheld(string key) => _values.TryGetValue(key, out var value) && value is null;

    internal static ModelFormatException MissingKey(string key) => new($"{key} is missing; every model must have it");

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
        new($"{key} is {FormatValue(value)}; it must be {right}");

    private static string FormatValue(object value) => value switch
    {
        string text => text.Length <= 40 ? $"'{text}'" : $"'{text[..40]}…'",
        Array array => $"an array of {array.Length}",
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private object? GetValue(string key) => _values.TryGetValue(key, out var value)
        ? value ?? throw new ModelFormatException($"{key} is present, but the server withheld its value; request it with verbose")
        : null;
}

/// <summary>Name, shape and size of a tensor.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dimensions">Its dimensions, the row length first.</param>
/// <param name="Bytes">Its size in bytes; null where its type is unknown.</param>
/// <param name="Type">Its data type; null where the source does not report it.</param>
internal sealed record ModelTensor(string Name, IReadOnlyList<long> Dimensions, long? Bytes, GgmlType? Type = null)
{
    /// <summary>Number of elements; null where its shape is out of range.</summary>
    public long? ElementCount => GgmlTypes.ElementCount(Dimensions);
}
