namespace MemoryWall.Targets.Http;

/// <summary>Converts numbers of a server to quantities. A number out of range is null, never a default.</summary>
internal static class WireNumbers
{
    private static readonly TimeSpan s_maxDuration = TimeSpan.FromDays(365);

    /// <summary>A duration in seconds. Servers write 0 for a duration that they did not measure, so 0 is null, and so is less than
    /// a clock tick.</summary>
    public static TimeSpan? Seconds(double seconds) =>
        seconds > 0 && seconds < s_maxDuration.TotalSeconds && (long)(seconds * TimeSpan.TicksPerSecond) is > 0 and var ticks
            ? TimeSpan.FromTicks(ticks)
            : null;

    /// <summary>A duration in nanoseconds; 0 is null.</summary>
    public static TimeSpan? Duration(long? nanoseconds) => nanoseconds is { } value ? Seconds(value / 1e9) : null;

    /// <summary>A time since some start, in nanoseconds; 0 is valid.</summary>
    public static TimeSpan? Point(long? nanoseconds) =>
        nanoseconds is { } value and >= 0 && value / 1e9 < s_maxDuration.TotalSeconds
            ? TimeSpan.FromTicks(value / TimeSpan.NanosecondsPerTick)
            : null;

    /// <summary>A count, 0 or more.</summary>
    public static int? Count(int? number) => number is >= 0 ? number : null;

    /// <summary>A number of bytes, 0 or more.</summary>
    public static long? Bytes(long? number) => number is >= 0 ? number : null;
}
