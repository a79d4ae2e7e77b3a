using System.Globalization;

namespace MemoryWall.Reporting.Formats;

/// <summary>Dates as people say them.</summary>
internal static class DateFormat
{
    private const int DaysInWords = 7;

    /// <summary>A point in the past: <c>today 14:03</c>, <c>yesterday 09:12</c>, <c>3 days ago</c>, and the date from a week on.</summary>
    /// <param name="time">The point.</param>
    /// <param name="now">The present, with the offset of the reader's time zone.</param>
    public static string InWords(DateTimeOffset time, DateTimeOffset now)
    {
        var local = time.ToOffset(now.Offset);
        return (now.Date - local.Date).Days switch
        {
            0 => "today " + Clock(local),
            1 => "yesterday " + Clock(local),
            > 1 and < DaysInWords and var days => WordFormat.Count(days, "day") + " ago",
            // A clock that was wrong can have written a time in the future.
            _ => local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>A day in UTC: <c>29 November 2026</c>.</summary>
    public static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("d MMMM yyyy", CultureInfo.InvariantCulture);

    private static string Clock(DateTimeOffset local) => local.ToString("HH:mm", CultureInfo.InvariantCulture);
}
