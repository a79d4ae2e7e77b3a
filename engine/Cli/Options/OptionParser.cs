using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Core.Units;

namespace MemoryWall.Cli.Options;

/// <summary>Reads options that several commands share. Errors name the option.</summary>
internal static class OptionParser
{
    /// <summary>A latency limit; null where the option was not given.</summary>
    /// <exception cref="FormatException">The text is not a limit.</exception>
    public static Slo? ParseSlo(string? text) => text is null ? null : Parse("--slo", () => MemoryWall.Analysis.Slo.Parse(text));

    /// <summary>A duration; null where the option was not given.</summary>
    /// <exception cref="FormatException">The text is not a duration.</exception>
    public static TimeSpan? ParseDuration(string option, string? text) =>
        text is null ? null : Parse(option, () => DurationParser.Parse(text));

    /// <summary>A share, written as <c>2%</c> or <c>0.02</c>; null where the option was not given.</summary>
    /// <exception cref="FormatException">The text is not a share above 0, at most 1.</exception>
    public static double? ParseShare(string option, string? text)
    {
        if (text is null)
            return null;
        var isPercent = text.EndsWith('%');
        var isNumber = double.TryParse(isPercent ? text[..^1] : text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture, out var number);
        var share = isPercent ? number / 100 : number;
        return isNumber && share is > 0 and <= 1
            ? share
            : throw new FormatException($"{option}: '{text}' is not a share above 0, at most 100%; for example {option} 2%");
    }

    /// <summary>A size in bytes; null where the option was not given.</summary>
    /// <exception cref="FormatException">The text is not a size.</exception>
    public static ByteSize? ParseSize(string option, string? text) => text is null ? null : Parse(option, () => ByteSize.Parse(text));

    /// <summary>Reads an option, and names it in the error.</summary>
    public static T Parse<T>(string option, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException error)
        {
            throw new FormatException($"{option}: {error.Message}", error);
        }
    }
}
