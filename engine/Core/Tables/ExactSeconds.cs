using MemoryWall.Core.Time;

namespace MemoryWall.Core.Tables;

/// <summary>Times as decimal seconds. A decimal represents every tick and nanosecond exactly; a double would lose the last
/// digits.</summary>
internal static class ExactSeconds
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>A duration in seconds.</summary>
    public static decimal From(TimeSpan duration) => (decimal)duration.Ticks / TimeSpan.TicksPerSecond;

    /// <summary>A point on the run's clock in seconds.</summary>
    public static decimal From(Instant at) => (decimal)at.Nanoseconds / NanosecondsPerSecond;

    /// <summary>The duration of a number of seconds, to the nearest tick; false where it is out of range.</summary>
    public static bool TryConvert(decimal seconds, out TimeSpan duration)
    {
        var inRange = TryScale(seconds, TimeSpan.TicksPerSecond, out var ticks);
        duration = new TimeSpan(ticks);
        return inRange;
    }

    /// <summary>The point on the run's clock, to the nearest nanosecond; false where it is out of range.</summary>
    public static bool TryConvert(decimal seconds, out Instant at)
    {
        var inRange = TryScale(seconds, NanosecondsPerSecond, out var nanoseconds);
        at = new Instant(nanoseconds);
        return inRange;
    }

    private static bool TryScale(decimal seconds, long unitsPerSecond, out long units)
    {
        units = 0;
        if (Math.Abs(seconds) > decimal.MaxValue / unitsPerSecond)
            return false;
        var rounded = decimal.Round(seconds * unitsPerSecond);
        if (rounded > long.MaxValue || rounded < long.MinValue)
            return false;
        units = (long)rounded;
        return true;
    }
}
