using System.Globalization;
using MemoryWall.Core.Units;

namespace MemoryWall.Analysis.Sessions;

/// <summary>Reads what users write about traces and caches.</summary>
internal static class TraceText
{
    /// <summary>A factor that shortens contexts: <c>1/16</c>, <c>0.25</c> or <c>1</c>.</summary>
    /// <exception cref="FormatException">The text is no factor above 0, at most 1.</exception>
    public static double ParseScale(string text)
    {
        var parts = text.Split('/');
        var scale = parts.Length == 2 && TryParse(parts[0], out var above) && TryParse(parts[1], out var below) && below > 0
            ? above / below
            : parts.Length == 1 && TryParse(text, out var number) ? number : 0;
        return scale is > 0 and <= 1
            ? scale
            : throw new FormatException($"'{text}' is no factor above 0, at most 1; write for example 1/16 or 0.25");
    }

    /// <summary>How many times faster than recorded requests arrive: <c>10x</c> or <c>0.5</c>.</summary>
    /// <exception cref="FormatException">The text is no factor above 0.</exception>
    public static double ParseSpeed(string text) => TryParse(text.EndsWith('x') ? text[..^1] : text, out var speed) && speed > 0
        ? speed
        : throw new FormatException($"'{text}' is no factor above 0; write for example 10x or 0.5x");

    /// <summary>Sizes of RAM, each with the bandwidth at which it is read or without one: <c>16GiB,64GiB@25GB/s</c>.</summary>
    /// <exception cref="FormatException">A size or a bandwidth cannot be read.</exception>
    public static IReadOnlyList<RamSize> ParseRam(string text) => [.. Split(text).Select(ParseRamSize).Distinct()];

    /// <summary>Storages with the bandwidth at which they are read: <c>1TB@5GB/s,8TB@2GB/s</c>.</summary>
    /// <exception cref="FormatException">A storage cannot be read.</exception>
    public static IReadOnlyList<StorageSize> ParseStorages(string text) => [.. Split(text).Select(ParseStorage).Distinct()];

    private static RamSize ParseRamSize(string text) => text.Split('@') switch
    {
        [var size] => new RamSize(ByteSize.Parse(size).Bytes),
        [var size, var rate] => new RamSize(ByteSize.Parse(size).Bytes, ByteRate.Parse(rate)),
        _ => throw new FormatException($"'{text}' is no size of RAM; write for example 64GiB, or 64GiB@25GB/s with its bandwidth"),
    };

    private static StorageSize ParseStorage(string text)
    {
        if (text.Split('@') is not [var size, var rate])
            throw new FormatException($"'{text}' is no storage with its bandwidth; write for example 1TB@5GB/s");
        var bytes = ByteSize.Parse(size).Bytes;
        return bytes > 0
            ? new StorageSize(bytes, ByteRate.Parse(rate))
            : throw new FormatException($"'{text}' is no storage above 0; write for example 1TB@5GB/s");
    }

    private static string[] Split(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is [_, ..] parts
            ? parts
            : throw new FormatException("it names no size");

    private static bool TryParse(string text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
