using MemoryWall.Analysis.Reports;
using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Comparisons;
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
        WriteRule(console, comparison);
    }

    private static void WriteRule(IAnsiConsole console, Comparison comparison)
    {
        if (comparison.Contexts.Count == 0)
            return;
        var level = comparison.ConfidenceLevel.ToString("0%", CultureInfo.InvariantCulture);
        console.WriteLine($"B/A is second ÷ first with its interval, {level} for all rows together; [..] is the range where there are too few "
            + "trials. It is a difference only if the whole interval is outside "
            + $"{WordFormat.List(comparison.Contexts.Select(row => FormatZone(row.Finding)).Distinct())}: so much differs between two starts of "
            + "one server, or between runs that did not take turns.");
    }

    private static string FormatZone(RatioFinding finding) =>
        $"{FormatRatio(finding.NoDifferenceZone.Low)} to {FormatRatio(finding.NoDifferenceZone.High)}";

    private static IReadOnlyList<string> FormatRow(ComparedContext row, double? margin) =>
    [
        FormatQuantity(row.Quantity), NumberFormat.Tokens(row.ContextTokens) + (row.Concurrency > 1 ? $" × {row.Concurrency}" : ""),
        FormatValue(row.Quantity, row.First), FormatValue(row.Quantity, row.Second),
        FormatRatio(row.Ratio.Value), FormatVerdict(row.Quantity, row.Finding, margin), CellFormat.Interval(row.Ratio, FormatRatio),
        $"{row.First.Trials.Count}+{row.Second.Trials.Count}{(row.IsPaired ? " paired" : "")}"
            + CellFormat.InterferenceNote(row.InterferenceCount),
    ];

    private static IReadOnlyList<string> FormatRow(ComparedOverall row, double? margin) =>
    [
        FormatQuantity(row.Quantity), "all", "", "", FormatRatio(row.Ratio.Value),
        FormatVerdict(row.Quantity, row.Finding, margin), CellFormat.Interval(row.Ratio, FormatRatio),
        CellFormat.Count(row.Finding.Pairs, "repetition"),
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

    private static string FormatVerdict(ComparedQuantity quantity, RatioFinding finding, double? margin) => finding.Verdict switch
    {
        RatioVerdict.Equivalent => string.Create(CultureInfo.InvariantCulture, $"the same within {margin:0.##%}"),
        RatioVerdict.NoDifferenceShown => "no difference shown",
        RatioVerdict.TooFew => $"{CellFormat.Count(finding.MissingPairs, "more repetition")} needed",
        RatioVerdict.Higher => quantity == ComparedQuantity.TtftSeconds ? "B is slower" : "B is faster",
        _ => quantity == ComparedQuantity.TtftSeconds ? "B is faster" : "B is slower",
    };
}
