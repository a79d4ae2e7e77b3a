using MemoryWall.Charts;
using MemoryWall.Core.Units;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs;

namespace MemoryWall.Reporting.Tables;

/// <summary>Stored runs that can be read.</summary>
internal static class RunListTable
{
    // More contexts are shown by the first, the last and their number.
    private const int MaxListedContexts = 4;

    private const int MaxNameLength = 80;

    // A note may be long; memwall runs list --json has all of it.
    private const int MaxNoteLength = 40;

    /// <summary>One row for each run that can be read; null where there is none.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="now">The present, with the offset of the reader's time zone, for dates in words; null for what is read later.</param>
    public static TextTable? Create(IEnumerable<RunSummary> runs, DateTimeOffset? now)
    {
        var known = runs.Where(run => run.Manifest is not null).ToList();
        if (known.Count == 0)
            return null;
        var columns = new List<TableColumn<RunSummary>>
        {
            new("run", run => run.Id, IsNumber: false),
            new("started", run => FormatStart(run.Manifest!.StartedUtc, now), IsNumber: false),
            new("system", run => Line(run.Manifest!.Plan.System ?? run.Manifest.Target.Kind), IsNumber: false),
        };
        // A column that would be empty is left out.
        if (known.Any(run => run.Manifest!.Label is not null))
            columns.Add(new("label", run => run.Manifest!.Label is { } label ? Line(label) : NumberFormat.Absent, IsNumber: false));
        columns.AddRange(
        [
            new("model", run => Line(run.Manifest!.Target.Model), IsNumber: false),
            new("cap", run => CapPhrases.FormatSize(run.Manifest!.Plan.Cap), IsNumber: false),
            new("contexts", run => FormatContexts(run.Manifest!.Plan.Contexts), IsNumber: false),
            new("trials", run => NumberFormat.Tokens(run.Trials)),
            new("completed", run => NumberFormat.Tokens(run.Completed)),
        ]);
        if (known.Any(run => run.Manifest!.Note is not null))
            columns.Add(new("note", run => FormatNote(run.Manifest!.Note), IsNumber: false));
        if (known.Any(run => run.IsArchived))
            columns.Add(new("archived", run => run.IsArchived ? "archived" : NumberFormat.Absent, IsNumber: false));
        return columns.ToTable(known, keyColumns: 2);
    }

    /// <summary>A line for each run that cannot be read.</summary>
    public static IEnumerable<string> FormatProblems(IEnumerable<RunSummary> runs) =>
        runs.Where(run => run.Manifest is null).Select(run => $"{run.Id} cannot be read: {run.Problem}");

    private static string FormatContexts(IReadOnlyList<TokenCount> contexts) => contexts.Count <= MaxListedContexts
        ? string.Join(", ", contexts)
        : $"{contexts[0]} … {contexts[^1]} ({NumberFormat.Tokens(contexts.Count)})";

    private static string FormatStart(DateTimeOffset started, DateTimeOffset? now) =>
        now is { } present ? DateFormat.InWords(started, present) : NumberFormat.Time(started);

    private static string FormatNote(string? note) =>
        note is null ? NumberFormat.Absent : WordFormat.SingleLine(note, MaxNoteLength);

    private static string Line(string text) => WordFormat.SingleLine(text, MaxNameLength);
}
