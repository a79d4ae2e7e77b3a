using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Runs;

namespace MemoryWall.Reporting.Tables;

/// <summary>Stored runs that can be read.</summary>
internal static class RunListTable
{
    private static readonly TableColumn<RunSummary>[] s_columns =
    [
        new("run", run => run.Id, IsNumber: false),
        new("target", run => run.Manifest!.Target.Kind, IsNumber: false),
        new("model", run => run.Manifest!.Target.Model, IsNumber: false),
        new("contexts", run => string.Join(", ", run.Manifest!.Plan.Contexts), IsNumber: false),
        new("trials", run => NumberFormat.Tokens(run.Trials)),
        new("completed", run => NumberFormat.Tokens(run.Completed)),
    ];

    /// <summary>One row for each run that can be read; null where there is none.</summary>
    public static TextTable? Create(IEnumerable<RunSummary> runs) =>
        runs.Where(run => run.Manifest is not null).ToList() is [_, ..] known ? s_columns.ToTable(known) : null;

    /// <summary>A line for each run that cannot be read.</summary>
    public static IEnumerable<string> FormatProblems(IEnumerable<RunSummary> runs) =>
        runs.Where(run => run.Manifest is null).Select(run => $"{run.Id} cannot be read: {run.Problem}");
}
