using System.Globalization;

namespace MemoryWall.Core.Units;

/// <summary>Parses durations in Go's notation: <c>10m</c>, <c>2s</c>, <c>100ms</c>, <c>1m13.81s</c>.</summary>
internal static class DurationParser
{
    private static readonly (string Unit, double Seconds)[] s_units =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("μs", 1e-6), ("ms", 1e-3), ("h", 3600), ("m", 60), ("s", 1)];

    // Longer than any run, and far below the overflow of a TimeSpan.
    private const double MaxSeconds = 1e9;

    /// <summary>Parses one or more numbers, each followed by its unit (h, m, s, ms, us or µs, ns).</summary>
    /// <exception cref="FormatException">The text is not a duration; the message gives examples.</exception>
    public static TimeSpan Parse(string text) =>
        TryParse(text, out var duration)
            ? duration
            : throw new FormatException($"'{text}' is not a duration; write for example 10m, 2s, 100ms or 1m30s");

    /// <summary>Parses a duration as <see cref="Parse"/> does; false where the text is not a duration.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        var rest = (text ?? "").AsSpan().Trim();
        if (rest.IsEmpty)
            return false;
        var seconds = 0.0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept("0123456789.");
            if (digits < 1
                || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return false;
            rest = rest[digits..];
            if (!TryReadUnit(rest, out var unit))
                return false;
            seconds += number * unit.Seconds;
            rest = rest[unit.Unit.Length..];
        }
        if (seconds > MaxSeconds)
            return false;
        duration = TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));
        return true;
    }

    private static bool TryReadUnit(ReadOnlySpan<char> text, out (string Unit, double Seconds) unit)
    {
        foreach (var known in s_units)
        {
            if (text.StartsWith(known.Unit, StringComparison.Ordinal))
            {
                unit = known;
                return true;
            }
        }
        unit = default;
        return false;
    }
}
