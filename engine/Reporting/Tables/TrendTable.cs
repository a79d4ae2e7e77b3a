using MemoryWall.Analysis.Trends;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>A figure over runs, with the changes between them.</summary>
internal static class TrendTable
{
    private const int BarWidth = 24;

    /// <summary>One row for each stretch without a change.</summary>
    public static TextTable CreateStretches(RunTrend trend)
    {
        TableColumn<TrendStretch>[] columns =
        [
            new("from run", stretch => WordFormat.SingleLine(stretch.Runs[0].Manifest.RunId), IsNumber: false),
            new("to run", stretch => WordFormat.SingleLine(stretch.Runs[^1].Manifest.RunId), IsNumber: false),
            new("runs", stretch => NumberFormat.Tokens(stretch.Runs.Count)),
            new("median", stretch => ComparisonPhrases.Value(trend.Figure.Quantity, stretch.Median.Value)),
            new("interval",
                stretch => EstimateFormat.Interval(stretch.Median, value => ComparisonPhrases.Value(trend.Figure.Quantity, value)),
                IsNumber: false),
        ];
        return columns.ToTable(trend.Stretches);
    }

    /// <summary>One row for each of the last runs, with a bar from zero to the largest value.</summary>
    /// <param name="trend">The trend.</param>
    /// <param name="maxRuns">As many runs at most.</param>
    public static TextTable CreateRuns(RunTrend trend, int maxRuns)
    {
        var largest = trend.Runs.Max(run => run.Value);
        var changed = trend.Changes.Select(change => change.First).ToHashSet();
        TableColumn<TrendRun>[] columns =
        [
            new("run", run => WordFormat.SingleLine(run.Manifest.RunId), IsNumber: false),
            new("started", run => NumberFormat.Time(run.Manifest.StartedUtc), IsNumber: false, DropOrder: 1),
            new(ComparisonPhrases.Name(trend.Figure.Quantity), run => ComparisonPhrases.Value(trend.Figure.Quantity, run.Value)),
            new("", run => BarFormat.Format(run.Value / largest, BarWidth), IsNumber: false, DropOrder: 2),
            new("change", run => changed.Contains(run) ? "from here on" : "", IsNumber: false),
        ];
        return columns.ToTable(trend.Runs.TakeLast(maxRuns));
    }

    /// <summary>How many earlier runs a table leaves out; null for none.</summary>
    public static string? FormatOmitted(RunTrend trend, int maxRuns) => trend.Runs.Count() - maxRuns is > 0 and var omitted
        ? $"Not shown: {WordFormat.Count(omitted, "earlier run")}."
        : null;
}
