using System.Globalization;
using MemoryWall.Core.Time;

namespace MemoryWall.Targets.Exporters;

/// <summary>By how much the clock of an exporter's machine is ahead of this run's, as one request shows.</summary>
/// <param name="Seconds">Seconds ahead; below 0 for behind.</param>
/// <param name="ErrorSeconds">The largest error of it.</param>
internal sealed record ClockOffset(double Seconds, double ErrorSeconds)
{
    // The header has whole seconds, so the time is up to a second later than it says.
    private const double DateErrorSeconds = 0.5;

    /// <summary>The offset as a part of a sentence; null for one that is not known.</summary>
    public static string Describe(ClockOffset? offset)
    {
        if (offset is null)
            return "its clock is not known";
        var side = offset.Seconds < 0 ? "behind" : "ahead";
        return string.Create(CultureInfo.InvariantCulture,
            $"its clock is {Math.Abs(offset.Seconds):0.000} s {side} (± {offset.ErrorSeconds:0.000} s)");
    }

    /// <summary>
    /// The exporter read its clock at some moment between sending the request and the arrival of the answer's headers, so the middle is
    /// wrong by half of that time at most. Null where the answer has no time.
    /// </summary>
    /// <param name="scrape">The answer.</param>
    /// <param name="clock">The run's clock.</param>
    public static ClockOffset? Estimate(ExporterScrape scrape, RunClock clock)
    {
        if (scrape is not { Page: { } page, Sent: { } sent, HeadersArrived: { } arrived })
            return null;
        var half = arrived.Since(sent).TotalSeconds / 2;
        var here = (clock.StartedUtc - DateTimeOffset.UnixEpoch).TotalSeconds + sent.Seconds + half;
        if (page.Sum(NodeColumns.TimeMetric) is { } there)
            return new ClockOffset(there - here, half);
        return scrape.Date is { } date
            ? new ClockOffset((date - DateTimeOffset.UnixEpoch).TotalSeconds + DateErrorSeconds - here, DateErrorSeconds + half)
            : null;
    }
}
