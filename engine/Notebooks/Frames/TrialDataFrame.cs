using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Trials;
using Microsoft.Data.Analysis;
using Column = MemoryWall.Core.Tables.Column<(string RunId, MemoryWall.Analysis.Review.TrialView View)>;

namespace MemoryWall.Notebooks.Frames;

/// <summary>Trials with their rates, of one run or of several.</summary>
internal static class TrialDataFrame
{
    // They serve audits of a file and would only fill the screen: the nonce, and the outcome a second time.
    private static readonly string[] s_omitted = ["nonce", "outcome_json"];

    private static readonly Column[] s_columns =
    [
        Column.Text("run_id", "The run's id.", Column.Never, row => row.RunId),
        .. TrialViewSchema.Columns.Where(column => !s_omitted.Contains(column.Name))
            .Select(column => column.Within<(string RunId, TrialView View)>(row => row.View)),
    ];

    public static DataFrame Create(IReadOnlyList<RunReport> runs, bool withWarmups)
    {
        ArgumentNullException.ThrowIfNull(runs);
        return ColumnDataFrame.Create(s_columns,
            [.. from run in runs
                from view in run.Trials
                where withWarmups || !view.Trial.Flags.HasFlag(TrialFlags.Warmup)
                select (run.Manifest.RunId, view)]);
    }
}
