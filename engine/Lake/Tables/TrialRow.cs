using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Trials;
using Column = MemoryWall.Core.Tables.Column<MemoryWall.Lake.Tables.TrialRow>;

namespace MemoryWall.Lake.Tables;

/// <summary>A trial as the table <c>trials</c> has it.</summary>
/// <param name="View">The trial with its rates.</param>
/// <param name="IsLeftOut">Whether the medians of its run leave it out.</param>
/// <param name="IsDisturbed">Whether other work disturbed it or another stream of its step.</param>
internal sealed record TrialRow(TrialView View, bool IsLeftOut, bool IsDisturbed)
{
    // They serve audits of a file and would fill the table: the nonce, and the outcome a second time.
    private static readonly string[] s_omitted = ["nonce", "outcome_json"];

    /// <summary>The columns that are only in the lake.</summary>
    public static IReadOnlyList<Core.Tables.Column<TrialRow>> Own { get; } =
    [
        Column.Flag("is_warmup", "Whether it is a warm-up, which no summary includes.", Column.Never,
            row => row.View.Trial.Flags.HasFlag(TrialFlags.Warmup)),
        Column.Flag("is_left_out", "Whether the medians of its run leave it out, because it failed or is doubted.", Column.Never,
            row => row.IsLeftOut),
        Column.Flag("is_disturbed", "Whether other work on the machine disturbed it; medians leave it out where enough others remain.",
            Column.Never, row => row.IsDisturbed),
    ];

    /// <summary>The columns that follow the run's id: those of <c>trials.csv</c> without the nonce and the outcome's JSON, the derived
    /// ones, and those that are only in the lake.</summary>
    public static IReadOnlyList<Core.Tables.Column<TrialRow>> Columns { get; } =
    [
        .. TrialViewSchema.Columns.Where(column => !s_omitted.Contains(column.Name))
            .Select(column => column.Within<TrialRow>(row => row.View)),
        .. Own,
    ];

    /// <summary>The rows of a run.</summary>
    public static IReadOnlyList<TrialRow> Create(RunReport report)
    {
        var leftOut = report.Contexts.SelectMany(context => context.Excluded).Select(excluded => excluded.Trial).ToHashSet();
        var disturbed = report.Contexts.SelectMany(context => context.TrialsWithInterference).ToHashSet();
        return [.. report.Trials.Select(view =>
            new TrialRow(view, leftOut.Contains(view.Trial.Number), disturbed.Contains(view.Trial.Number)))];
    }
}
