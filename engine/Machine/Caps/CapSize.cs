using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using MemoryWall.Core.Units;

namespace MemoryWall.Machine.Caps;

/// <summary>The requested size of a cap: bytes, or a share of something that the caller knows, such as RAM or forecast
/// memory.</summary>
internal sealed record CapSize
{
    private CapSize(ByteSize? bytes, double? percent)
    {
        Bytes = bytes;
        Percent = percent;
    }

    /// <summary>The bytes; null for a share.</summary>
    public ByteSize? Bytes { get; }

    /// <summary>The share in percent, above 0 and up to 100; null for bytes.</summary>
    public double? Percent { get; }

    /// <summary>A cap in bytes.</summary>
    public static CapSize FromBytes(ByteSize bytes) => new(bytes, null);

    /// <summary>Parses <c>700MiB</c>, <c>2G</c> or <c>50%</c>.</summary>
    /// <exception cref="FormatException">The text is neither a size nor a share, or it has no unit.</exception>
    public static CapSize Parse(string text) =>
        TryParse(text, out var size)
            ? size.Percent is null ? FromBytes(ByteSize.Parse(text)) : size
            : throw new FormatException($"'{text}' is not a cap; write a size such as 700MiB or 2G, or a share such as 50%");

    /// <summary>Parses a list of sizes separated by commas: <c>2G,1G,700M</c>.</summary>
    /// <exception cref="FormatException">An entry is no cap, or the list is empty.</exception>
    public static IReadOnlyList<CapSize> ParseList(string text) => [.. text.Split(',').Select(Parse)];

    /// <summary>Parses a size; false where the text is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out CapSize? size)
    {
        size = null;
        var trimmed = text.AsSpan().Trim();
        if (trimmed is [.. var number, '%'])
        {
            if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
                || percent is not (> 0 and <= 100))
                return false;
            size = new CapSize(null, percent);
        }
        else if (ByteSize.TryParse(text, out var bytes) && bytes.Bytes > 0)
        {
            size = FromBytes(bytes);
        }
        return size is not null;
    }

    /// <summary>The bytes; a share is taken of <paramref name="whole"/>.</summary>
    public ByteSize Resolve(ByteSize whole) => Bytes ?? new ByteSize((long)(whole.Bytes * (Percent!.Value / 100)));

    /// <summary>A text that <see cref="Parse"/> reads.</summary>
    public override string ToString() =>
        Percent is { } percent ? string.Create(CultureInfo.InvariantCulture, $"{percent}%") : Bytes!.Value.ToString();
}
