using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Core;
using MemoryWall.Core.Units;
using MemoryWall.Statistics;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Two runs for people: what else differs, then each quantity at each context with the ratio and what it allows to say.</summary>
internal static class RunComparisonWriter
{
    public static void Write(IAnsiConsole console, Run first, Run second, Comparison comparison)
    {
        console.WriteLine(
            $"A: run {first.Manifest.RunId}, {first.Manifest.Target.Kind} {WordFormat.SingleLine(first.Manifest.Target.Model)}");
        console.WriteLine(
            $"B: run {second.Manifest.RunId}, {second.Manifest.Target.Kind} {WordFormat.SingleLine(second.Manifest.Target.Model)}");
        foreach (var difference in comparison.Differences)
            console.WriteLine(
                $"differs: {difference.Name}: {WordFormat.SingleLine(difference.First ?? NumberFormat.Absent)} | {WordFormat.SingleLine(difference.Second ?? NumberFormat.Absent)}");
        var table = new Table().Border(TableBorder.Simple);
        foreach (var header in new[] { "quantity", "context", "A", "B", "B/A", "interval", "trials", "verdict" })
            table.AddColumn(
                header == "verdict" || header == "quantity"
                    ? new TableColumn(header).NoWrap()
                    : new TableColumn(header).RightAligned().NoWrap());
        foreach (var row in comparison.Contexts)
            table.AddRow(new[]
            {
                FormatQuantity(row.Quantity), NumberFormat.Tokens(row.ContextTokens) + (row.Concurrency > 1 ? $" × {row.Concurrency}" : ""),
                FormatValue(row.Quantity, row.First), FormatValue(row.Quantity, row.Second),
                FormatRatio(row.Ratio.Value), CellFormat.Interval(row.Ratio, FormatRatio),
                $"{row.First.Trials.Count}+{row.Second.Trials.Count}{(row.IsPaired ? " paired" : "")}{CellFormat.InterferenceNote(row.InterferenceCount)}",
                FormatVerdict(row.Quantity, row.Verdict, comparison.Margin),
            }.Select(cell => new Text(cell)));
        foreach (var row in comparison.Overall)
            table.AddRow(new[]
            {
                FormatQuantity(row.Quantity), "all", "", "", FormatRatio(row.Ratio.Value), CellFormat.Interval(row.Ratio, FormatRatio),
                string.Create(CultureInfo.InvariantCulture, $"{row.Ratio.Count} contexts"),
                row.Verdict == RatioVerdict.TooFew
                    ? "too few contexts to say"
                    : FormatVerdict(row.Quantity, row.Verdict, comparison.Margin),
            }.Select(cell => new Text(cell)));
        console.Write(table);
        if (comparison.Contexts.Count == 0)
            console.WriteLine(
                "The runs have no context in common, by the same method and with as many streams, with figures on both sides.");
        if (comparison.Unmatched.Count > 0)
            console.WriteLine(
                $"Contexts that only one of them has with figures: {string.Join(", ", comparison.Unmatched.Select(tokens => NumberFormat.Tokens(tokens)))}.");
        console.WriteLine(
            "Intervals are 95% confidence intervals of the ratio; [..] marks the range of what was seen, where trials are too few for one.");
        if (comparison.DifferencesByChance > 0)
            console.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"Between two systems that are the same, about {comparison.DifferencesByChance:0.#} of these {comparison.Contexts.Count} ratios would be called different: a single one is a hint, not a finding. Paired ratios are middles of the pairs' ratios, others ratios of the medians."));
    }

    private static string FormatQuantity(ComparedQuantity quantity) => quantity switch
    {
        ComparedQuantity.PrefillTps => "prefill t/s",
        ComparedQuantity.GenerationTps => "generation t/s",
        _ => "TTFT",
    };

    private static string FormatValue(ComparedQuantity quantity, MetricSummary figure) => quantity == ComparedQuantity.TtftSeconds
        ? NumberFormat.Duration(figure.Median)
        : NumberFormat.RateNumber(figure.Median);

    private static string FormatRatio(double ratio) => ratio.ToString("0.000", CultureInfo.InvariantCulture);

    private static string FormatVerdict(ComparedQuantity quantity, RatioVerdict verdict, double? margin) => verdict switch
    {
        RatioVerdict.Equivalent => string.Create(CultureInfo.InvariantCulture, $"the same within {margin:0.##%}"),
        RatioVerdict.NoDifferenceShown => "no difference shown",
        RatioVerdict.TooFew => "too few trials to say",
        RatioVerdict.Higher => quantity == ComparedQuantity.TtftSeconds ? "B is slower" : "B is faster",
        _ => quantity == ComparedQuantity.TtftSeconds ? "B is faster" : "B is slower",
    };
}
