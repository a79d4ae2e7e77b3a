using System.Globalization;
using Microsoft.CodeAnalysis.CSharp;

namespace MemoryWall.NotebookRunner.Parameters;

/// <summary>A type whose values can be written as text.</summary>
/// <param name="Keyword">The C# keyword of the type or, for an array, of its elements: <c>string</c>, <c>int</c>, …</param>
/// <param name="IsNullable">Whether <c>null</c> is allowed.</param>
/// <param name="IsArray">Whether it is an array; its values are separated by commas.</param>
internal sealed record ParameterType(string Keyword, bool IsNullable = false, bool IsArray = false)
{
    /// <summary>The supported types.</summary>
    public static readonly string[] Keywords = ["string", "bool", "int", "long", "float", "double", "decimal"];

    /// <summary>The value as a C# literal. A text can never become code.</summary>
    /// <exception cref="FormatException">The text is not a value of this type.</exception>
    public string ToLiteral(string value)
    {
        if (IsNullable && value == "null")
            return "null";
        if (!IsArray)
            return ToElementLiteral(value);
        var parts = value.Length == 0 ? [] : value.Split(',');
        var literals = parts.Select(part => ToElementLiteral(Keyword == "string" ? part : part.Trim()));
        return $"new {Keyword}[] {{ {string.Join(", ", literals)} }}";
    }

    public override string ToString() => $"{Keyword}{(IsArray ? "[]" : "")}{(IsNullable ? "?" : "")}";

    private string ToElementLiteral(string value)
    {
        var culture = CultureInfo.InvariantCulture;
        return Keyword switch
        {
            "string" => SymbolDisplay.FormatLiteral(value, quote: true),
            "bool" => bool.Parse(value) ? "true" : "false",
            "int" => int.Parse(value, NumberStyles.AllowLeadingSign, culture).ToString(culture),
            "long" => long.Parse(value, NumberStyles.AllowLeadingSign, culture).ToString(culture) + "L",
            "float" => RequireFinite(float.Parse(value, NumberStyles.Float, culture)).ToString("R", culture) + "f",
            "double" => RequireFinite(double.Parse(value, NumberStyles.Float, culture)).ToString("R", culture) + "d",
            "decimal" => decimal.Parse(value, NumberStyles.Float, culture).ToString(culture) + "m",
            _ => throw new InvalidOperationException($"unknown keyword '{Keyword}'"),
        };
    }

    private static T RequireFinite<T>(T number) where T : System.Numerics.IFloatingPoint<T> =>
        T.IsFinite(number) ? number : throw new FormatException("the number is not finite");
}
