using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Core.Units;

namespace MemoryWall.Cli.Commands;

/// <summary>Reads options that several commands share; what cannot be read is named with its option.</summary>
internal static class OptionParser
{
    /// <summary>A latency limit; null where none was given.</summary>
    /// <exception cref="FormatException">The text is no limit.</exception>
    public static Slo? ParseSlo(string? text) => text is null ? null : Parse("--slo", () => MemoryWall.Analysis.Slo.Parse(text));

    /// <summary>A duration; null where none was given.</summary>
    /// <exception cref="FormatException">The text is no duration.</exception>
    public static TimeSpan? ParseDuration(string option, string? text) =>
        text is null ? null : Parse(option, () => DurationParser.Parse(text));

    /// <summary>A share, written as <c>2%</c> or <c>0.02</c>; null where none was given.</summary>
    /// <exception cref="FormatException">The text is no share above 0 and up to 1.</exception>
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
            : throw new FormatException($"{option}: '{text}' is not a share above 0 and up to 1; write for example 2% or 0.02");
    }

    /// <summary>Reads an option and names it in the error.</summary>
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
