using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Statistics;

namespace MemoryWall.Notebooks.Views;

/// <summary>Two runs side by side, on one page: what came of it, what changed between them, and each context.</summary>
internal static class ComparisonView
{
    public static View Of(Comparison comparison)
    {
        var view = new View().Head("What came of it: the second run as a multiple of the first");
        var quantities = comparison.Contexts.GroupBy(row => row.Quantity).ToList();
        if (quantities.Count == 0)
            view.Line("The two runs have no context in common with figures.");
        foreach (var rows in quantities)
            Add(view, [.. rows], comparison.Overall.FirstOrDefault(overall => overall.Quantity == rows.Key));
        view.Head("What changed between them")
            .Items(comparison.Differences.Count == 0 ? ["nothing that the manifests know of"] : comparison.Differences.Select(difference => $"{difference.Name}: {difference.First ?? Say.Absent} → {difference.Second ?? Say.Absent}"));
        if (comparison.Unmatched.Count > 0)
            view.Line($"Only one of the runs has figures at {Say.List(comparison.Unmatched.Select(Say.Context))}.");
        return quantities.Count == 0 ? view : view.Head("Context by context").Table(Rows(comparison.Contexts));
    }

    private static void Add(View view, IReadOnlyList<ComparedContext> rows, ComparedOverall? overall)
    {
        var (quantity, ratio, verdict) = overall is null ? (rows[0].Quantity, rows[0].Ratio, rows[0].Verdict) : (overall.Quantity, overall.Ratio, overall.Verdict);
        var where = overall is null ? $"at {Say.Context(rows[0].ContextTokens)}" : $"over {rows.Count} contexts";
        var name = CompareWords.Name(quantity);
        string[] interval = ratio.Interval is null ? [] : [$"{(ratio.Kind == IntervalKind.Confidence ? "95% interval" : "Range")}: {CompareWords.Interval(ratio)}."];
        string[] ends = rows.Count < 2 ? [] : [$"At {Say.Context(rows[0].ContextTokens)} {CompareWords.Value(quantity, rows[0].First.Median)} and {CompareWords.Value(quantity, rows[0].Second.Median)}, "
            + $"at {Say.Context(rows[^1].ContextTokens)} {CompareWords.Value(quantity, rows[^1].First.Median)} and {CompareWords.Value(quantity, rows[^1].Second.Median)}."];
        view.Finding($"{Say.Times(ratio.Value)}×", $"{char.ToUpperInvariant(name[0])}{name[1..]} {where}: {CompareWords.Meaning(quantity, verdict)}.", [.. interval, .. ends]);
    }

    private static TextTable Rows(IReadOnlyList<ComparedContext> rows) => new(
        [new("quantity", IsNumber: false), new("context"), new("first"), new("second"), new("ratio"), new("interval"), new("verdict", IsNumber: false)],
        [.. rows.Select(row => (IReadOnlyList<string>)[CompareWords.Name(row.Quantity), Say.Tokens(row.ContextTokens), CompareWords.Value(row.Quantity, row.First.Median),
            CompareWords.Value(row.Quantity, row.Second.Median), Say.Number(row.Ratio.Value), CompareWords.Interval(row.Ratio), CompareWords.Verdict(row.Verdict)])]);
}
