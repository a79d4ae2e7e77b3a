using MemoryWall.Analysis.Sessions;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>How systems serve conversations: by users, by turn, by the length of prompts, and what storage must reach.</summary>
internal static class SessionTables
{
    private const string UsersHeader = "users";
    private const string SystemHeader = "system";
    private const string FailedHeader = "failed";
    private const string CancelledHeader = "cancelled";

    /// <summary>One row for each number of users and system.</summary>
    public static TextTable Create(SessionReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        TableColumn<Row>[] columns =
        [
            new(UsersHeader, row => NumberFormat.Tokens(row.Level.Users)),
            new(SystemHeader, row => row.System.IsEmulated ? $"{row.System.Name} (emulated storage)" : row.System.Name, IsNumber: false),
            new("TTFT p50", row => Time(row.Level.All.TtftP50)),
            new("TTFT p95", row => Time(row.Level.All.TtftP95)),
            new("returning p50", row => Time(row.Level.Returning?.TtftP50)),
            new("reused", row => NumberFormat.Percent(row.Level.All.ReuseShare)),
            new("from RAM", row => NumberFormat.Tokens(row.Level.All.RamTokens), DropOrder: 5),
            new("from storage", row => NumberFormat.Tokens(row.Level.All.StorageTokens), DropOrder: 6),
            new("queue", row => NumberFormat.Duration(row.Level.All.QueueSeconds), DropOrder: 1),
            new("dropped", row => NumberFormat.Tokens(row.Level.Evictions), DropOrder: 3),
            new("written", row => NumberFormat.Bytes(row.Level.SavedBytes), DropOrder: 4),
            new("numbers found", row => Needles(row.Level.All), DropOrder: 0),
            new("requests/s", row => NumberFormat.Number(row.Level.RequestsPerSecond?.Value), DropOrder: 7),
            new(FailedHeader, row => NumberFormat.Tokens(row.Level.All.Failed), DropOrder: 2),
            new(CancelledHeader, row => NumberFormat.Tokens(row.Level.All.Cancelled), DropOrder: 2),
        ];
        return WithValues(columns, [.. Rows(report)], keyColumns: 2);
    }

    /// <summary>One row for each number of users, turn and system; null where no turns are known. A recorded trace has too many turns, so
    /// that its rows are lengths of prompts.</summary>
    public static TextTable? CreateTurns(SessionReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var isTrace = report.IsTrace;
        TableColumn<GroupRow> place = isTrace
            ? new("prompt up to", row => NumberFormat.Tokens(row.Group.MaxTokens))
            : new("turn", row => NumberFormat.Tokens(row.Group.Turn));
        TableColumn<GroupRow>[] columns =
        [
            new(UsersHeader, row => NumberFormat.Tokens(row.Row.Level.Users)),
            place,
            new(SystemHeader, row => row.Row.System.Name, IsNumber: false),
            new("prompt", row => Range(row.Group), DropOrder: 3),
            new("TTFT p50", row => Time(row.Group.TtftP50)),
            new("TTFT p95", row => Time(row.Group.TtftP95)),
            new("reused", row => NumberFormat.Percent(row.Group.ReuseShare)),
            new("from storage", row => NumberFormat.Tokens(row.Group.StorageTokens), DropOrder: 2),
            new("loaded at", row => NumberFormat.Bandwidth(row.Group.LoadBytesPerSecond), DropOrder: 1),
            new("numbers found", row => Needles(row.Group), DropOrder: 0),
        ];
        var rows = (from row in Rows(report)
                    from entry in (isTrace ? row.Level.Contexts : row.Level.Turns).Select((one, at) => (Group: one, Place: at))
                    orderby row.Level.Users, entry.Place
                    select new GroupRow(row, entry.Group)).ToList();
        return rows.Count == 0 ? null : WithValues(columns, rows, keyColumns: 3);
    }

    /// <summary>One row for each system whose answers were compared; null where none were.</summary>
    public static TextTable? CreateAnswers(SessionReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        TableColumn<AnswerAgreement>[] columns =
        [
            new(SystemHeader, row => row.System, IsNumber: false),
            new("compared with", row => row.Over, IsNumber: false),
            new("answers", row => NumberFormat.Tokens(row.Compared)),
            new("equal", row => NumberFormat.Percent(row.EqualShare)),
            new("first difference", row => row.Divergence is { } first ? SessionPhrases.FormatPlace(first) : NumberFormat.Absent),
            new("half differ before", row => NumberFormat.Tokens(row.MedianPlace), DropOrder: 1),
        ];
        return report.Answers.Count == 0 ? null : WithValues(columns, report.Answers, keyColumns: 4);
    }

    /// <summary>The bandwidth that storage must reach at each context, beside what this machine's storage reached; null where it is not
    /// known.</summary>
    public static TextTable? CreateBreakEven(SessionReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report.BreakEvens.Count == 0 ? null : CreateBreakEven(report.BreakEvens, report.Storage?.Rate, "this machine");
    }

    /// <summary>The same for a forecast, beside the bandwidth that was asked about.</summary>
    public static TextTable CreateBreakEven(IReadOnlyList<BreakEven> contexts, double? bytesPerSecond, string storage)
    {
        TableColumn<BreakEven>[] columns =
        [
            new("context", row => NumberFormat.Tokens(row.ContextTokens)),
            new("KV cache", row => NumberFormat.Bytes(row.Bytes)),
            new("computing takes", row => NumberFormat.Duration(row.PrefillSeconds)),
            new("break-even bandwidth", row => NumberFormat.Bandwidth(row.BytesPerSecond)),
            .. bytesPerSecond is > 0 and var rate ? (TableColumn<BreakEven>[])
            [
                new(storage, _ => NumberFormat.Bandwidth(rate), DropOrder: 1),
                new("loading takes", row => NumberFormat.Duration(row.LoadSeconds(rate))),
                new("times as soon", row => NumberFormat.Ratio(row.Gain(rate))),
            ] : [],
        ];
        return columns.ToTable(contexts);
    }

    private static IEnumerable<Row> Rows(SessionReport report) =>
        from system in report.Systems
        from level in system.Levels
        orderby level.Users
        select new Row(system, level);

    // What no target reports is not shown.
    private static TextTable WithValues<TRow>(IReadOnlyList<TableColumn<TRow>> columns, IReadOnlyList<TRow> rows, int keyColumns)
    {
        var shown = columns.Where((column, place) => place < keyColumns || rows.Any(row => column.Format(row) != NumberFormat.Absent)
            && !(column.Header is FailedHeader or CancelledHeader && rows.All(row => column.Format(row) == "0"))).ToList();
        return shown.ToTable(rows, keyColumns);
    }

    private static string Time(Statistics.Estimate? estimate) =>
        estimate is null ? NumberFormat.Absent : EstimateFormat.WithInterval(estimate, seconds => NumberFormat.Duration(seconds));

    private static string Needles(SessionGroup group) => group.NeedlesAsked is { } asked
        ? $"{NumberFormat.Tokens(group.NeedlesFound)} of {NumberFormat.Tokens(asked)}"
        : NumberFormat.Absent;

    private static string Range(SessionGroup group) => group.MinTokens == group.MaxTokens
        ? NumberFormat.Tokens(group.MinTokens)
        : $"{NumberFormat.Tokens(group.MinTokens)} – {NumberFormat.Tokens(group.MaxTokens)}";

    private sealed record Row(SessionSystem System, SessionLevel Level);

    private sealed record GroupRow(Row Row, SessionGroup Group);
}
