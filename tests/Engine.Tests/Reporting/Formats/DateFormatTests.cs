using System.Globalization;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Engine.Tests.Reporting.Formats;

public class DateFormatTests
{
    // Half an hour after midnight, where it is still the day before in UTC.
    private static readonly DateTimeOffset s_now = new(2026, 3, 10, 0, 30, 0, TimeSpan.FromHours(2));

    [Theory]
    [InlineData("2026-03-09T22:10:00Z", "today 00:10")]
    [InlineData("2026-03-09T21:59:00Z", "yesterday 23:59")]
    [InlineData("2026-03-07T12:00:00Z", "3 days ago")]
    [InlineData("2026-03-03T23:00:00Z", "6 days ago")]
    [InlineData("2026-03-03T12:00:00Z", "2026-03-03")]
    [InlineData("2026-03-11T12:00:00Z", "2026-03-11")]
    public void InWords_ATime_IsSaidFromTheReadersDay(string time, string words) =>
        Assert.Equal(words, DateFormat.InWords(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture), s_now));
}
