using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Figures;

/// <summary>The ratios of two runs, context by context, with their intervals.</summary>
internal static class CompareChart
{
    public static Chart Create(Comparison comparison, RunReport first, RunReport second)
    {
        var labels = RunLabels.Create([first.Run, second.Run]);
        var quantities = comparison.Contexts.GroupBy(row => row.Quantity).ToList();
        return new Chart
        {
            Title = Title(comparison, labels),
            Subtitle = $"{labels[1]} ÷ {labels[0]} · {FigureSubtitle.Create([first, second])}",
            X = Axis.ForContexts(comparison.Contexts.Select(row => (double)row.ContextTokens)),
            Panels = [.. quantities.Select(rows => CreatePanel(rows.Key, [.. rows], comparison.Margin))],
            Notes =
            [
                .. comparison.Differences.Select(difference => $"The runs differ in {ComparisonPhrases.Difference(difference)}"),
                .. ComparisonPhrases.Notes(comparison),
                comparison.Contexts.Any(row => row.Ratio.Kind == IntervalKind.Confidence)
                    ? "Bands: 95% intervals of the ratio."
                    : "Bands: the range of all ratios between single trials; more repetitions give a confidence interval.",
            ],
            Table = ComparisonTable.Create(comparison),
        };
    }

    private static Panel CreatePanel(ComparedQuantity quantity, IReadOnlyList<ComparedContext> rows, double? margin) => new()
    {
        Y = new Axis($"ratio of {ComparisonPhrases.Name(quantity)} (log)", AxisScale.Logarithmic),
        Marks =
        [
            new Band("ratio", ChartColor.Blue,
                [.. rows.Where(row => row.Ratio.Interval is not null)
                    .Select(row => new ChartRange(row.ContextTokens, row.Ratio.Interval!.Value.Low, row.Ratio.Interval.Value.High))],
                    IsInterval: true),
            new Line("ratio of the medians", ChartColor.Blue,
                [.. rows.Select(
                    row => new ChartPoint(row.ContextTokens, row.Ratio.Value,
                        ComparisonPhrases.Verdict(row.Quantity, row.Finding, margin)))]),
        ],
        ReferenceLines = [new ReferenceLine(ReferenceLineDirection.Horizontal, 1, "equal")],
    };

    private static string Title(Comparison comparison, IReadOnlyList<string> labels)
    {
        if (comparison.Contexts.Count == 0)
            return "The two runs have no context with results in common";
        var last = comparison.Contexts.GroupBy(row => row.Quantity).Select(rows => rows.Last()).ToList();
        // What applies to all quantities is written once.
        var same = last.Select(row => (row.ContextTokens, DescribeVerdict(row.Verdict))).Distinct().Count() == 1;
        var parts = last.Select(
            row => $"{ComparisonPhrases.Name(row.Quantity)} {NumberFormat.Ratio(row.Ratio.Value)}×"
                + (same ? "" : $" at {NumberFormat.Context(row.ContextTokens)}{DescribeVerdict(row.Verdict)}"));
        var at = same ? $" at {NumberFormat.Context(last[0].ContextTokens)}" : "";
        return $"{labels[1]} compared with {labels[0]}{at}: {WordFormat.List(parts)}{(same ? DescribeVerdict(last[0].Verdict) : "")}";
    }

    private static string DescribeVerdict(RatioVerdict verdict) => verdict switch
    {
        RatioVerdict.TooFew => " (too few trials to call it a difference)",
        RatioVerdict.NoDifferenceShown => " (within the spread of the trials)",
        RatioVerdict.Equivalent => " (equal within the margin)",
        _ => "",
    };
}
