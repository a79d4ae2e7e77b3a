using System.Globalization;
using Microsoft.CodeAnalysis.CSharp;

namespace MemoryWall.NotebookRunner.Parameters;

/// <summary>A type whose values can be given as text.</summary>
/// <param name="Keyword">C#'s word for the element: <c>string</c>, <c>int</c>, …</param>
/// <param name="IsNullable">Whether <c>null</c> is a value.</param>
/// <param name="IsArray">Whether it is a list of these, given with commas.</param>
internal sealed record ParameterType(string Keyword, bool IsNullable = false, bool IsArray = false)
{
    /// <summary>The words known here.</summary>
    public static readonly string[] Keywords = ["string", "bool", "int", "long", "float", "double", "decimal"];

    /// <summary>The value as C#; text can never become code.</summary>
    /// <exception cref="FormatException">It is no value of this type.</exception>
    public string ToLiteral(string value)
    {
        if (IsNullable && value == "null")
            return "null";
        if (!IsArray)
            return ToElementLiteral(value);
        var parts = value.Length == 0 ? [] : value.Split(',');
        return $"new {Keyword}[] {{ {string.Join(", ", parts.Select(part => ToElementLiteral(Keyword == "string" ? part : part.Trim())))} }}";
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
