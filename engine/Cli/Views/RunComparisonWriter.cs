using MemoryWall.Analysis.Reports;
using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Two runs as text: their differences, then each quantity at each context with its ratio and verdict.</summary>
internal static class RunComparisonWriter
{
    public static void Write(IAnsiConsole console, Run first, Run second, Comparison comparison)
    {
        console.WriteLine(
            $"A: run {first.Manifest.RunId}, {first.Manifest.Target.Kind} {WordFormat.SingleLine(first.Manifest.Target.Model)}");
        console.WriteLine(
            $"B: run {second.Manifest.RunId}, {second.Manifest.Target.Kind} {WordFormat.SingleLine(second.Manifest.Target.Model)}");
        foreach (var difference in comparison.Differences)
            console.WriteLine($"differs: {difference.Name}: {WordFormat.SingleLine(difference.First ?? NumberFormat.Absent)} | "
                + WordFormat.SingleLine(difference.Second ?? NumberFormat.Absent));
        TextColumn[] columns =
            [new("quantity", IsNumber: false), new("context"), new("A"), new("B"), new("B/A"),
                new("verdict", IsNumber: false), new("interval"), new("trials", IsNumber: false)];
        TerminalTable.Write(console, new TextTable(columns,
            [.. comparison.Contexts.Select(row => FormatRow(row, comparison.Margin)),
                .. comparison.Overall.Select(row => FormatRow(row, comparison.Margin))]), keyColumns: 2);
        if (comparison.Contexts.Count == 0)
            console.WriteLine(
                "The runs have no results in common: at the same context, by the same method and with as many streams.");
        if (comparison.Unmatched.Count > 0)
            console.WriteLine("Contexts with results in only one run: "
                + $"{string.Join(", ", comparison.Unmatched.Select(tokens => NumberFormat.Tokens(tokens)))}.");
        console.WriteLine("B/A is second ÷ first, with its 95% confidence interval; [..] is the range where there are too few trials. "
            + "A ratio counts as a difference only if its interval excludes 1.");
        if (comparison.DifferencesByChance > 0)
            console.WriteLine(FormatChance(comparison));
    }

    private static string FormatChance(Comparison comparison)
    {
        var (count, expected) = (CellFormat.Count(comparison.Contexts.Count, "comparison"), comparison.DifferencesByChance);
        return expected < 1
            ? string.Create(CultureInfo.InvariantCulture,
                $"With {count}, about {Math.Max(1, Math.Round(expected * 10)):0} in 10 reports shows a false difference.")
            : string.Create(CultureInfo.InvariantCulture, $"With {count}, about {expected:0.#} false differences are expected.");
    }

    private static IReadOnlyList<string> FormatRow(ComparedContext row, double? margin) =>
    [
        FormatQuantity(row.Quantity), NumberFormat.Tokens(row.ContextTokens) + (row.Concurrency > 1 ? $" × {row.Concurrency}" : ""),
        FormatValue(row.Quantity, row.First), FormatValue(row.Quantity, row.Second),
        FormatRatio(row.Ratio.Value), FormatVerdict(row.Quantity, row.Verdict, margin), CellFormat.Interval(row.Ratio, FormatRatio),
        $"{row.First.Trials.Count}+{row.Second.Trials.Count}{(row.IsPaired ? " paired" : "")}"
            + CellFormat.InterferenceNote(row.InterferenceCount),
    ];

    private static IReadOnlyList<string> FormatRow(ComparedOverall row, double? margin) =>
    [
        FormatQuantity(row.Quantity), "all", "", "", FormatRatio(row.Ratio.Value),
        row.Verdict == RatioVerdict.TooFew ? "too few contexts" : FormatVerdict(row.Quantity, row.Verdict, margin),
        CellFormat.Interval(row.Ratio, FormatRatio), CellFormat.Count(row.Ratio.Count, "context"),
    ];

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
        RatioVerdict.TooFew => "too few trials",
        RatioVerdict.Higher => quantity == ComparedQuantity.TtftSeconds ? "B is slower" : "B is faster",
        _ => quantity == ComparedQuantity.TtftSeconds ? "B is faster" : "B is slower",
    };
}
