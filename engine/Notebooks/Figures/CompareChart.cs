using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Facts;
using MemoryWall.Statistics;

namespace MemoryWall.Notebooks.Figures;

/// <summary>Two runs as ratios, context by context, with their intervals.</summary>
internal static class CompareChart
{
    public static Chart Of(Run first, Run second)
    {
        var comparison = Comparison.Compare(first, second, margin: null);
        var labels = RunLabels.Of([first, second]);
        var quantities = comparison.Contexts.GroupBy(row => row.Quantity).ToList();
        return new Chart
        {
            Title = Title(comparison, labels),
            Subtitle = $"{labels[1]} as a multiple of {labels[0]} · {RunLabels.Origin([first, second])}",
            X = Axis.Context(comparison.Contexts.Select(row => (double)row.ContextTokens)),
            Panels = [.. quantities.Select(rows => Panel(rows.Key, [.. rows]))],
            Notes =
            [
                .. comparison.Differences.Select(difference => $"The runs differ in {difference.Name}: {difference.First ?? Say.Absent} and {difference.Second ?? Say.Absent}"),
                .. comparison.Unmatched.Count > 0 ? [$"Only one of the runs has figures at {Say.List(comparison.Unmatched.Select(Say.Context))}"] : Array.Empty<string>(),
                comparison.Contexts.Any(row => row.Ratio.Kind == IntervalKind.Confidence) ? "Bands: 95% intervals of the ratio." : "Bands: every value of the one over every value of the other; more repetitions give a confidence interval.",
            ],
            Table = new TextTable([new TextColumn("quantity", IsNumber: false), new TextColumn("context"), new TextColumn("first"), new TextColumn("second"), new TextColumn("ratio"), new TextColumn("interval"), new TextColumn("verdict", IsNumber: false)],
                [.. comparison.Contexts.Select(row => (IReadOnlyList<string>)[CompareWords.Name(row.Quantity), Say.Tokens(row.ContextTokens), CompareWords.Value(row.Quantity, row.First.Median), CompareWords.Value(row.Quantity, row.Second.Median),
                    Say.Number(row.Ratio.Value), CompareWords.Interval(row.Ratio), CompareWords.Verdict(row.Verdict)])]),
        };
    }

    private static Panel Panel(ComparedQuantity quantity, IReadOnlyList<ComparedContext> rows) => new()
    {
        Y = new Axis($"ratio of {CompareWords.Name(quantity)} (log)", AxisScale.Logarithmic),
        Marks =
        [
            new Band("ratio", Ink.Blue, [.. rows.Where(row => row.Ratio.Interval is not null).Select(row => new ChartRange(row.ContextTokens, row.Ratio.Interval!.Value.Low, row.Ratio.Interval.Value.High))], IsInterval: true),
            new Line("ratio of the medians", Ink.Blue, [.. rows.Select(row => new ChartPoint(row.ContextTokens, row.Ratio.Value, CompareWords.Verdict(row.Verdict)))]),
        ],
        Rules = [new Rule(RuleDirection.Horizontal, 1, "the same")],
    };

    private static string Title(Comparison comparison, IReadOnlyList<string> labels)
    {
        if (comparison.Contexts.Count == 0)
            return "The two runs have no context in common with figures";
        var last = comparison.Contexts.GroupBy(row => row.Quantity).Select(rows => rows.Last()).ToList();
        // What holds for all is said once.
        var same = last.Select(row => (row.ContextTokens, Meaning(row.Verdict))).Distinct().Count() == 1;
        var parts = last.Select(row => $"{CompareWords.Name(row.Quantity)} {Say.Times(row.Ratio.Value)} times{(same ? "" : $" at {Say.Context(row.ContextTokens)}{Meaning(row.Verdict)}")}");
        return $"{labels[1]} against {labels[0]}{(same ? $" at {Say.Context(last[0].ContextTokens)}" : "")}: {Say.List(parts)}{(same ? Meaning(last[0].Verdict) : "")}";
    }

    private static string Meaning(RatioVerdict verdict) => verdict switch
    {
        RatioVerdict.TooFew => " (too few values to call it a difference)",
        RatioVerdict.NoDifferenceShown => " (which the spread does not tell from 1)",
        RatioVerdict.Equivalent => " (the same within the margin)",
        _ => "",
    };
}
