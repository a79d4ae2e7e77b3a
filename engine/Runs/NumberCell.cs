using System.Globalization;
using MemoryWall.Core.Time;

namespace MemoryWall.Runs;

/// <summary>Numbers in cells: invariant, exact, and nothing at all where the value is absent.</summary>
internal static class NumberCell
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    public static string? Format(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    public static string? Format(TimeSpan? value) => value is { } span ? FormatSeconds(span.Ticks, TimeSpan.TicksPerSecond) : null;

    public static string? Format(Instant? value) => value is { } at ? FormatSeconds(at.Nanoseconds, NanosecondsPerSecond) : null;

    public static bool TryParseTimeSpan(string cell, out TimeSpan value)
    {
        var ok = TryParseUnits(cell, TimeSpan.TicksPerSecond, out var ticks);
        value = new TimeSpan(ticks);
        return ok;
    }

    public static bool TryParseInstant(string cell, out Instant value)
    {
        var ok = TryParseUnits(cell, NanosecondsPerSecond, out var nanoseconds);
        value = new Instant(nanoseconds);
        return ok;
    }

    // Through decimal, which holds every tick and nanosecond exactly.
    private static string FormatSeconds(long units, long unitsPerSecond) =>
        ((decimal)units / unitsPerSecond).ToString(CultureInfo.InvariantCulture);

    private static bool TryParseUnits(string cell, long unitsPerSecond, out long units)
    {
        units = 0;
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!decimal.TryParse(cell, style, CultureInfo.InvariantCulture, out var seconds))
            return false;
        if (Math.Abs(seconds) > decimal.MaxValue / unitsPerSecond
            || decimal.Round(seconds * unitsPerSecond) is var whole && (whole > long.MaxValue || whole < long.MinValue))
            return false;
        units = (long)whole;
        return true;
    }
}
