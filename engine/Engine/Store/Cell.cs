using System.Globalization;
using MemoryWall.Time;

namespace MemoryWall.Store;

/// <summary>Numbers in cells: invariant, exact, and nothing at all where the value is absent.</summary>
internal static class Cell
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    public static string? Of(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    public static string? Of(TimeSpan? value) => value is { } span ? Seconds(span.Ticks, TimeSpan.TicksPerSecond) : null;

    public static string? Of(Instant? value) => value is { } at ? Seconds(at.Nanoseconds, NanosecondsPerSecond) : null;

    public static bool TryTimeSpan(string cell, out TimeSpan value)
    {
        var ok = TryUnits(cell, TimeSpan.TicksPerSecond, out var ticks);
        value = new TimeSpan(ticks);
        return ok;
    }

    public static bool TryInstant(string cell, out Instant value)
    {
        var ok = TryUnits(cell, NanosecondsPerSecond, out var nanoseconds);
        value = new Instant(nanoseconds);
        return ok;
    }

    // Through decimal, which holds every tick and nanosecond exactly.
    private static string Seconds(long units, long unitsPerSecond) =>
        ((decimal)units / unitsPerSecond).ToString(CultureInfo.InvariantCulture);

    private static bool TryUnits(string cell, long unitsPerSecond, out long units)
    {
        units = 0;
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!decimal.TryParse(cell, style, CultureInfo.InvariantCulture, out var seconds))
            return false;
        if (Math.Abs(seconds) > decimal.MaxValue / unitsPerSecond || decimal.Round(seconds * unitsPerSecond) is var whole && (whole > long.MaxValue || whole < long.MinValue))
            return false;
        units = (long)whole;
        return true;
    }
}
