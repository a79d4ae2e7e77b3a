using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MemoryWall.Core.Units;

/// <summary>A number of tokens, never negative. In text <c>2k</c> is 2,048 and <c>1M</c> is 1,048,576, as is usual for context
/// lengths.</summary>
/// <param name="Value">The number of tokens, 0 or more.</param>
public readonly record struct TokenCount(int Value) : IComparable<TokenCount>
{
    private const int Kilo = 1024;
    private const int Mega = 1024 * 1024;

    /// <summary>The largest count that can be parsed: 2,147,483,647.</summary>
    public const int MaxValue = int.MaxValue;

    /// <summary>Parses <c>512</c>, <c>2k</c>, <c>1.5k</c> or <c>1M</c>; k is 1,024 and M is 1,048,576.</summary>
    /// <param name="text">The text; surrounding blanks are ignored.</param>
    /// <exception cref="FormatException">The text is not a whole, positive number of tokens.</exception>
    public static TokenCount Parse(string text) =>
        TryParse(text, out var count)
            ? count
            : throw new FormatException($"'{text}' is not a number of tokens; write for example 2048, 2k or 1M (k = 1024), 1 or more");

    /// <summary>Parses a count as <see cref="Parse"/> does; false where the text is not a count.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TokenCount count)
    {
        count = default;
        var digits = text.AsSpan().Trim();
        if (digits.IsEmpty)
            return false;
        var factor = digits[^1] switch { 'k' or 'K' => Kilo, 'm' or 'M' => Mega, _ => 1 };
        if (factor > 1)
            digits = digits[..^1];
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > MaxValue)
            return false;
        var tokens = number * factor;
        if (tokens < 1 || tokens > MaxValue || tokens != decimal.Truncate(tokens))
            return false;
        count = new TokenCount((int)tokens);
        return true;
    }

    /// <summary>Orders by count.</summary>
    public int CompareTo(TokenCount other) => Value.CompareTo(other.Value);

    /// <summary>The short form where it is exact (<c>2k</c>), otherwise all digits.</summary>
    public override string ToString() => Value switch
    {
        >= Mega when Value % Mega == 0 => string.Create(CultureInfo.InvariantCulture, $"{Value / Mega}M"),
        >= Kilo when Value % Kilo == 0 => string.Create(CultureInfo.InvariantCulture, $"{Value / Kilo}k"),
        _ => Value.ToString(CultureInfo.InvariantCulture),
    };
}
