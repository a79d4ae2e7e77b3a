using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Figures;

/// <summary>TTFT by turn for each system, with the same number of users; of a recorded trace by the length of the prompt.</summary>
internal static class SessionTurnsChart
{
    private const int MaxNamedTurns = 4;

    /// <summary>The figure.</summary>
    /// <param name="runs">One run a system.</param>
    /// <param name="users">The number of users; null for the largest that every system has.</param>
    public static Chart Create(IReadOnlyList<RunReport> runs, int? users = null)
    {
        var report = SessionReport.Create(runs);
        var common = report.Systems.Select(system => system.Levels.Select(level => level.Users)).DefaultIfEmpty([])
            .Aggregate((one, other) => one.Intersect(other)).ToList();
        int? chosen = users is { } given && common.Contains(given) ? given : common.Count > 0 ? common.Max() : null;
        var levels = report.Systems.SelectMany(system => system.Levels.Where(level => level.Users == chosen)
            .Select(level => (system.Name, Groups: report.IsTrace ? level.Contexts : level.Turns))).ToList();
        return new Chart
        {
            Title = Title(report, chosen, levels.Count),
            Subtitle = FigureSubtitle.Create(runs),
            X = CreateAxis(report.IsTrace, [.. levels.SelectMany(level => level.Groups)]),
            Panels =
            [
                new Panel
                {
                    Y = new Axis("TTFT, s (log)", AxisScale.Logarithmic),
                    Marks = [.. levels.SelectMany((level, index) => CreateMarks(level.Name, Theme.SeriesColor(index),
                        Theme.SeriesSymbol(index), level.Groups, report.IsTrace))],
                },
                .. levels.Any(level => level.Groups.Any(group => group.ReuseShare is not null)) ? (Panel[])
                [
                    new Panel
                    {
                        Y = Axis.ForShares("reused tokens"),
                        Weight = 0.5,
                        Marks = [.. levels.Select((level, index) => new Line(level.Name, Theme.SeriesColor(index),
                            [.. level.Groups.Select(group => new ChartPoint(Place(group, report.IsTrace), group.ReuseShare,
                                NumberFormat.Percent(group.ReuseShare)))], Symbol: Theme.SeriesSymbol(index)))],
                    },
                ] : [],
            ],
            Notes = ["Line: median TTFT of the turn; dashed: what 95% of the turns do not exceed. Bands: intervals over repetitions.",
                .. SessionPhrases.FormatLevel(report, chosen)],
            Table = SessionTables.CreateTurns(report) ?? new TextTable([new TextColumn("turn")], []),
        };
    }

    private static Axis CreateAxis(bool isTrace, IReadOnlyList<SessionGroup> groups)
    {
        if (isTrace)
            return Axis.ForContexts(groups.Select(group => (double)group.MaxTokens), "prompt up to, tokens (log2)");
        // The context of a turn is the same for all users and systems; where it is not, the turn alone is named.
        var turns = groups.GroupBy(group => group.Turn ?? 0).OrderBy(turn => turn.Key).ToList();
        return new Axis("turn (prompt tokens)")
        {
            Ticks = [.. turns.Select((turn, place) => new Tick(turn.Key, HasRoom(place, turns.Count)
                && turn.Select(group => group.MaxTokens).Distinct().ToList() is [var tokens]
                && turn.All(group => group.MinTokens == tokens)
                    ? $"{turn.Key} ({NumberFormat.Tokens(tokens)})"
                    : NumberFormat.Tokens(turn.Key)))],
            Min = turns.Count > 0 ? turns[0].Key - 0.3 : null,
            Max = turns.Count > 0 ? turns[^1].Key + 0.3 : null,
        };
    }

    // On a phone the tokens of every turn would lie on each other; those between the first and the last are in the table.
    private static bool HasRoom(int place, int turns) => turns <= MaxNamedTurns || place == 0 || place == turns - 1;

    private static double Place(SessionGroup group, bool isTrace) => isTrace ? group.MaxTokens : group.Turn ?? 0;

    private static IEnumerable<Mark> CreateMarks(string name, ChartColor color, Symbol symbol, IReadOnlyList<SessionGroup> groups,
        bool isTrace)
    {
        var ranges = groups.Where(group => group.TtftP50?.Interval is not null).Select(group => new ChartRange(Place(group, isTrace),
            group.TtftP50!.Interval!.Value.Low, group.TtftP50.Interval.Value.High)).ToList();
        if (ranges.Count > 1)
            yield return new Band(name, color, ranges, IsInterval: true);
        yield return CreateLine(name, color, groups, group => group.TtftP50, isTrace) with { Symbol = symbol };
        yield return CreateLine($"{name}, p95", color, groups, group => group.TtftP95, isTrace) with
        {
            Dash = Dash.Dashed,
            Symbol = Symbol.None,
        };
    }

    private static Line CreateLine(string name, ChartColor color, IReadOnlyList<SessionGroup> groups,
        Func<SessionGroup, Estimate?> value, bool isTrace) =>
        new(name, color, [.. groups.Select(group => new ChartPoint(Place(group, isTrace), value(group)?.Value,
            value(group) is { } known
                ? $"{EstimateFormat.WithInterval(known, seconds => NumberFormat.Duration(seconds))}, "
                    + WordFormat.Count(group.Requests, "request")
                : null))]);

    private static string Title(SessionReport report, int? users, int systems)
    {
        if (users is null)
            return "No number of users was measured with every system";
        // The last system is the one that the others are there to compare with.
        var last = report.Gains.LastOrDefault(gain => gain.Users == users)?.System;
        return SessionGain.SelectMain([.. report.Gains.Where(gain => gain.Users == users && gain.System == last)]) is { } gain
            ? SessionPhrases.FormatGain(gain).TrimEnd('.')
            : systems == 1 ? SessionPhrases.FormatSystem(report.Systems[0]).TrimEnd('.')
            : $"TTFT by turn with {WordFormat.Count(users.Value, "user")}";
    }
}
