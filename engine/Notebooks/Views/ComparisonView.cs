using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Statistics;

namespace MemoryWall.Notebooks.Views;

/// <summary>A comparison of two runs: the result, what changed between them, and each context.</summary>
internal static class ComparisonView
{
    public static View Create(Comparison comparison)
    {
        var view = new View().AddHeading("Result: second run ÷ first run");
        var quantities = comparison.Contexts.GroupBy(row => row.Quantity).ToList();
        if (quantities.Count == 0)
            view.AddLine("The two runs have no context with results in common.");
        foreach (var rows in quantities)
            AddQuantity(view, [.. rows], comparison.Overall.FirstOrDefault(overall => overall.Quantity == rows.Key));
        view.AddHeading("What changed between them")
            .AddItems(
                comparison.Differences.Count == 0
                    ? ["nothing in their manifests"]
                    : comparison.Differences.Select(
                        difference =>
                            $"{difference.Name}: {difference.First ?? NumberFormat.Absent} "
                            + $"→ {difference.Second ?? NumberFormat.Absent}"));
        if (comparison.Unmatched.Count > 0)
            view.AddLine($"Only one of the runs has results at {WordFormat.List(comparison.Unmatched.Select(NumberFormat.Context))}.");
        return quantities.Count == 0 ? view : view.AddHeading("Context by context").AddTable(CreateTable(comparison.Contexts));
    }

    private static void AddQuantity(View view, IReadOnlyList<ComparedContext> rows, ComparedOverall? overall)
    {
        var (quantity, ratio, verdict) = overall is null
            ? (rows[0].Quantity, rows[0].Ratio, rows[0].Verdict)
            : (overall.Quantity, overall.Ratio, overall.Verdict);
        var where = overall is null ? $"at {NumberFormat.Context(rows[0].ContextTokens)}" : $"over {rows.Count} contexts";
        var name = ComparisonText.Name(quantity);
        string[] interval = ratio.Interval is null
            ? []
            : [$"{(ratio.Kind == IntervalKind.Confidence ? "95% interval" : "Range")}: {ComparisonText.Interval(ratio)}."];
        string[] ends = rows.Count < 2
            ? []
            : [$"{DescribePair(quantity, rows[0])}; {DescribePair(quantity, rows[^1])}."];
        view.AddFinding($"{NumberFormat.Factor(ratio.Value)}×",
            $"{char.ToUpperInvariant(name[0])}{name[1..]} {where}: {ComparisonText.Meaning(quantity, verdict)}.", [.. interval, .. ends]);
    }

    private static string DescribePair(ComparedQuantity quantity, ComparedContext row) =>
        $"{NumberFormat.Context(row.ContextTokens)}: {ComparisonText.Value(quantity, row.First.Median)} "
        + $"and {ComparisonText.Value(quantity, row.Second.Median)}";

    private static TextTable CreateTable(IReadOnlyList<ComparedContext> rows) => new(
        [new("quantity", IsNumber: false), new("context"), new("first"), new("second"), new("ratio"), new("interval"),
            new("verdict", IsNumber: false)],
        [.. rows.Select(
            row => (IReadOnlyList<string>)[ComparisonText.Name(row.Quantity), NumberFormat.Tokens(row.ContextTokens),
                ComparisonText.Value(row.Quantity, row.First.Median),
            ComparisonText.Value(row.Quantity, row.Second.Median), NumberFormat.Number(row.Ratio.Value), ComparisonText.Interval(row.Ratio),
            ComparisonText.Verdict(row.Verdict)])]);
}
