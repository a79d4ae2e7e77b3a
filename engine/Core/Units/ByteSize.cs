using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MemoryWall.Core.Units;

/// <summary>A number of bytes. Its text uses powers of 1,024 (KiB, MiB, GiB, TiB).</summary>
/// <param name="Bytes">The number of bytes, 0 or more.</param>
public readonly record struct ByteSize(long Bytes) : IComparable<ByteSize>
{
    /// <summary>1,024 bytes.</summary>
    public const long KiB = 1L << 10;

    /// <summary>1,048,576 bytes.</summary>
    public const long MiB = 1L << 20;

    /// <summary>1,073,741,824 bytes.</summary>
    public const long GiB = 1L << 30;

    /// <summary>1,099,511,627,776 bytes.</summary>
    public const long TiB = 1L << 40;

    /// <summary>The size in MiB.</summary>
    public double Mebibytes => (double)Bytes / MiB;

    /// <summary>The size in GiB.</summary>
    public double Gibibytes => (double)Bytes / GiB;

    /// <summary>
    /// Parses <c>700MiB</c>, <c>2G</c>, <c>1.5GB</c> or plain bytes. <c>K M G T</c> and <c>KiB MiB GiB TiB</c> are powers of 1,024,
    /// as in system tools; <c>KB MB GB TB</c> are powers of 1,000, as on drive labels.
    /// </summary>
    /// <exception cref="FormatException">The text is not a size, or a number that is too small for bytes and has no unit.</exception>
    public static ByteSize Parse(string text)
    {
        if (!TryParse(text, out var size))
            throw new FormatException(
                $"'{text}' is not a size; write for example 700MiB, 2G (1024-based), 500MB (1000-based) or plain bytes");
        return !HasUnit(text) && size.Bytes < MinPlainBytes && text.AsSpan().ContainsAnyInRange('1', '9')
            ? throw new FormatException($"'{text}' has no unit; write {text}GiB or {text}MiB, or {text}B for bytes")
            : size;
    }

    // So few bytes hold no model and no cache; 16 is most likely 16 GiB without its unit.
    private const long MinPlainBytes = 4 << 10;

    private static bool HasUnit(string text) => text.AsSpan().TrimEnd() is [.., var last] && char.IsAsciiLetter(last);

    /// <summary>Parses a size of a program's output, also without a unit; false where the text is not a size. What a user writes is read
    /// by <see cref="Parse"/>, which asks for a forgotten unit.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ByteSize size)
    {
        size = default;
        var span = text.AsSpan().Trim();
        var split = span.Length;
        while (split > 0 && char.IsAsciiLetter(span[split - 1]))
            split--;
        long? factor = span[split..].ToString().ToUpperInvariant() switch
        {
            "" or "B" => 1,
            "K" or "KIB" => KiB,
            "M" or "MIB" => MiB,
            "G" or "GIB" => GiB,
            "T" or "TIB" => TiB,
            "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "TB" => 1_000_000_000_000,
            _ => null,
        };
        if (factor is null
            || !decimal.TryParse(span[..split].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return false;
        if (number > long.MaxValue / factor.Value)
            return false;
        size = new ByteSize((long)decimal.Round(number * factor.Value));
        return true;
    }

    /// <summary>Orders by size.</summary>
    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>Three significant figures in the largest unit that fits: <c>64.0 MiB</c>.</summary>
    public override string ToString()
    {
        var (value, unit) = Math.Abs((double)Bytes) switch
        {
            >= TiB => ((double)Bytes / TiB, "TiB"),
            >= GiB => ((double)Bytes / GiB, "GiB"),
            >= MiB => ((double)Bytes / MiB, "MiB"),
            >= KiB => ((double)Bytes / KiB, "KiB"),
            _ => (Bytes, "B"),
        };
        var format = unit == "B" || Math.Abs(value) >= 100 ? "0"
            : Math.Abs(value) >= 10 ? "0.0" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture) + " " + unit;
    }
}
