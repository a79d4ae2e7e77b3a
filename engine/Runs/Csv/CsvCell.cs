using System.Globalization;
using MemoryWall.Core.Tables;
using MemoryWall.Core.Time;

namespace MemoryWall.Runs.Csv;

/// <summary>The values of columns as text in CSV cells: the same in every culture, exact, and empty where the value is absent.</summary>
internal static class CsvCell
{
    private const char WordSeparator = '|';
    private const NumberStyles DecimalStyle =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>The text of a value in a stored table, where text from elsewhere is escaped.</summary>
    public static string? Format(ColumnType type, object? value) =>
        type == ColumnType.Text ? TextCell.Encode((string?)value) : FormatUnescaped(value);

    /// <summary>The text of a value as it is.</summary>
    public static string? FormatUnescaped(object? value) => value switch
    {
        null => null,
        string text => text,
        bool flag => flag ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IReadOnlyList<string> words => string.Join(WordSeparator, words),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"A {value.GetType().Name} has no form in a CSV cell."),
    };

    /// <summary>The value of a cell that is not empty; null where it has not the form of the type.</summary>
    public static object? Parse(ColumnType type, string cell) => type switch
    {
        ColumnType.Integer => long.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : null,
        ColumnType.Seconds => decimal.TryParse(cell, DecimalStyle, CultureInfo.InvariantCulture, out var seconds) ? seconds : null,
        ColumnType.Number => TryParseNumber(cell, out var number) ? number : null,
        ColumnType.Flag => cell switch { "true" => true, "false" => false, _ => null },
        ColumnType.Words => cell.Split(WordSeparator, StringSplitOptions.RemoveEmptyEntries),
        ColumnType.Text => TextCell.Decode(cell),
        _ => cell,
    };

    /// <summary>A finite number.</summary>
    public static bool TryParseNumber(string cell, out double number) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    /// <summary>A point on the run's clock, in seconds.</summary>
    public static bool TryParseInstant(string cell, out Instant at)
    {
        at = default;
        return Parse(ColumnType.Seconds, cell) is decimal seconds && ExactSeconds.TryConvert(seconds, out at);
    }
}
