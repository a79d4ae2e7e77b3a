using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Reporting.Figures;

/// <summary>p95 TTFT over the number of users, for each system, with the limit.</summary>
internal static class UsersWallChart
{
    /// <summary>The figure.</summary>
    /// <param name="runs">One run a system.</param>
    /// <param name="slo">The limit; null for none.</param>
    public static Chart Create(IReadOnlyList<RunReport> runs, Slo? slo = null)
    {
        var report = SessionReport.Create(runs, slo);
        var users = report.Systems.SelectMany(system => system.Levels).Select(level => level.Users).Distinct().Order().ToList();
        // A search has its own limit, which is that of its wall.
        var limits = report.Systems.Select(system => system.Wall?.LimitSeconds).OfType<double>().Distinct().ToList();
        return new Chart
        {
            Title = Title(report),
            Subtitle = FigureSubtitle.Create(runs),
            X = new Axis("users (log2)", AxisScale.Logarithmic)
            {
                Ticks = [.. users.Select(count => new Tick(count, NumberFormat.Tokens(count)))],
                Min = users.Count > 0 ? users[0] / 1.15 : null,
                Max = users.Count > 0 ? users[^1] * 1.15 : null,
            },
            Panels =
            [
                new Panel
                {
                    Y = new Axis("p95 TTFT, s (log)", AxisScale.Logarithmic),
                    Marks = [.. report.Systems.SelectMany((system, index) => CreateMarks(system, Theme.SeriesColor(index),
                        Theme.SeriesSymbol(index)))],
                    ReferenceLines = [.. limits.Select(seconds =>
                        new ReferenceLine(ReferenceLineDirection.Horizontal, seconds, $"limit {NumberFormat.Duration(seconds)}"))],
                },
            ],
            Notes = ["Line: TTFT that 95% of all turns do not exceed. Bands: intervals over repetitions. A cross marks users of whom a "
                + "turn failed.", .. SessionPhrases.FormatUsers(report)],
            Table = SessionTables.Create(report),
        };
    }

    private static IEnumerable<Mark> CreateMarks(SessionSystem system, ChartColor color, Symbol symbol)
    {
        var ranges = system.Levels.Where(level => level.All.TtftP95?.Interval is not null).Select(level => new ChartRange(level.Users,
            level.All.TtftP95!.Interval!.Value.Low, level.All.TtftP95.Interval.Value.High)).ToList();
        if (ranges.Count > 1)
            yield return new Band(system.Name, color, ranges, IsInterval: true);
        yield return new Line(system.Name, color, [.. system.Levels.Select(level => new ChartPoint(level.Users, level.All.TtftP95?.Value,
            $"{NumberFormat.Duration(level.All.TtftP95?.Value)}, {WordFormat.Count(level.All.Requests, "request")}"))], Symbol: symbol);
        var failed = system.Levels.Where(level => level.All is { Failed: > 0, TtftP95: not null }).ToList();
        if (failed.Count > 0)
        {
            yield return new Scatter("", color, [.. failed.Select(level => new ChartPoint(level.Users, level.All.TtftP95!.Value,
                $"{WordFormat.Count(level.All.Failed, "turn")} failed"))], Symbol.Cross);
        }
    }

    // The sentences with their evidence are in the notes.
    private static string Title(SessionReport report) =>
        SessionPhrases.FormatWalls(report) ?? SessionPhrases.FormatLargest(report) ?? "No turn of a conversation was measured";
}
