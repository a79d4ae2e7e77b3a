using System.Globalization;
using System.Text.Json;

namespace MemoryWall.Audit;

/// <summary>Reads untrusted JSON: a value that is missing, of another kind or not finite is absent.</summary>
internal static class JsonValues
{
    private const double Smallest = 1e-30;
    private const double Largest = 1e30;

    /// <summary>The value at a path of names; null where there is none.</summary>
    public static JsonElement? At(this JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
                return null;
        }
        return element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null : element;
    }

    public static bool Has(this JsonElement element, params ReadOnlySpan<string> path) => element.At(path) is not null;

    /// <summary>A number, also where it is written as a string.</summary>
    public static double? Number(this JsonElement element, params ReadOnlySpan<string> path) => element.At(path) switch
    {
        { ValueKind: JsonValueKind.Number } number when number.TryGetDouble(out var value) && double.IsFinite(value) => value,
        { ValueKind: JsonValueKind.String } text => Parse(text.GetString()),
        _ => null,
    };

    public static string? Text(this JsonElement element, params ReadOnlySpan<string> path) => element.At(path) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => null,
    };

    public static IReadOnlyList<double> Numbers(this JsonElement element, params ReadOnlySpan<string> path) =>
        [.. element.List(path).Where(item => item.ValueKind == JsonValueKind.Number)
            .Select(item => item.TryGetDouble(out var value) ? value : double.NaN).Where(double.IsFinite)];

    public static IReadOnlyList<JsonElement> List(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray()] : [];

    /// <summary>A value that a tool can have measured; absent for one that is not finite or beyond any quantity, as after a division by
    /// zero. A quotient of two such values is finite.</summary>
    public static double? Measured(double? value) =>
        value is 0 || Math.Abs(value ?? double.NaN) is >= Smallest and <= Largest ? value : null;

    /// <summary>How many times a value is of another; absent where it is of nothing.</summary>
    public static double? Ratio(double? value, double? of) => Measured(value / of);

    public static double? Parse(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
}
