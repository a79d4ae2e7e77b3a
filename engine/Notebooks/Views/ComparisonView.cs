using MemoryWall.Analysis.Reports;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using MemoryWall.Statistics;

namespace MemoryWall.Notebooks.Views;

/// <summary>A comparison of two runs: the result, what changed between them, and each context.</summary>
internal static class ComparisonView
{
    public static View Create(Comparison comparison)
    {
        var view = new View().AddHeading("Result: second run ÷ first run");
        var quantities = comparison.Contexts.GroupBy(row => row.Quantity).ToList();
        foreach (var rows in quantities)
            AddQuantity(view, [.. rows], comparison.Overall.FirstOrDefault(overall => overall.Quantity == rows.Key));
        view.AddHeading("What changed between them")
            .AddItems(
                comparison.Differences.Count == 0
                    ? ["nothing in their manifests"]
                    : comparison.Differences.Select(ComparisonPhrases.Difference));
        if (quantities.Count > 0)
            view.AddHeading("Context by context").AddTable(ComparisonTable.Create(comparison));
        return view.AddItems(ComparisonPhrases.Notes(comparison));
    }

    private static void AddQuantity(View view, IReadOnlyList<ComparedContext> rows, ComparedOverall? overall)
    {
        var (quantity, ratio, verdict) = overall is null
            ? (rows[0].Quantity, rows[0].Ratio, rows[0].Verdict)
            : (overall.Quantity, overall.Ratio, overall.Verdict);
        var where = overall is null ? $"at {NumberFormat.Context(rows[0].ContextTokens)}" : $"over {rows.Count} contexts";
        var name = ComparisonPhrases.Name(quantity);
        var range = EstimateFormat.Interval(ratio, NumberFormat.Ratio);
        string[] interval = range.Length == 0
            ? []
            : [$"{(ratio.Kind == IntervalKind.Confidence ? "95% interval" : "Range")}: {range}."];
        string[] ends = rows.Count < 2
            ? []
            : [$"{DescribePair(quantity, rows[0])}; {DescribePair(quantity, rows[^1])}."];
        view.AddFinding($"{NumberFormat.Ratio(ratio.Value)}×",
            $"{WordFormat.Capitalize(name)} {where}: {ComparisonPhrases.Meaning(quantity, verdict)}.", [.. interval, .. ends]);
    }

    private static string DescribePair(ComparedQuantity quantity, ComparedContext row) =>
        $"{NumberFormat.Context(row.ContextTokens)}: {ComparisonPhrases.Value(quantity, row.First.Median)} "
        + $"and {ComparisonPhrases.Value(quantity, row.Second.Median)}";
}
