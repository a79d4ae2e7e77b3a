using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>Two runs compared: each quantity at each context, then over all contexts.</summary>
internal static class ComparisonTable
{
    private const string Trials = "trials";

    private static readonly string[] s_headers = ["quantity", "context", "first", "second", "ratio", "verdict", "interval", Trials];
    private static readonly string[] s_words = ["quantity", "verdict", Trials];

    public static TextTable Create(Comparison comparison) => new(
        [.. s_headers.Select(header => new TextColumn(header, IsNumber: !s_words.Contains(header), DropOrder: header == Trials ? 1 : 0))],
        [.. comparison.Contexts.Select(row => FormatRow(row, comparison.Margin)),
            .. comparison.Overall.Select(row => FormatRow(row, comparison.Margin))])
    {
        KeyColumns = 2,
    };

    private static IReadOnlyList<string> FormatRow(ComparedContext row, double? margin) =>
    [
        FormatQuantity(row.Quantity),
        NumberFormat.Tokens(row.ContextTokens) + (row.Concurrency > 1 ? $" × {row.Concurrency}" : ""),
        FormatValue(row.Quantity, row.First), FormatValue(row.Quantity, row.Second),
        NumberFormat.Ratio(row.Ratio.Value), ComparisonPhrases.Verdict(row.Quantity, row.Finding, margin),
        EstimateFormat.Interval(row.Ratio, NumberFormat.Ratio),
        $"{row.First.Trials.Count}+{row.Second.Trials.Count}{(row.IsPaired ? " paired" : "")}"
            + RateCells.FormatInterference(row.InterferenceCount, row.InterferenceLeftOut),
    ];

    private static IReadOnlyList<string> FormatRow(ComparedOverall row, double? margin) =>
    [
        FormatQuantity(row.Quantity), "all", "", "", NumberFormat.Ratio(row.Ratio.Value),
        ComparisonPhrases.Verdict(row.Quantity, row.Finding, margin), EstimateFormat.Interval(row.Ratio, NumberFormat.Ratio),
        WordFormat.Count(row.Finding.Pairs, "repetition"),
    ];

    private static string FormatQuantity(ComparedQuantity quantity) => quantity switch
    {
        ComparedQuantity.PrefillTps => "prefill t/s",
        ComparedQuantity.GenerationTps => "generation t/s",
        _ => "TTFT",
    };

    private static string FormatValue(ComparedQuantity quantity, MetricSummary metric) => quantity == ComparedQuantity.TtftSeconds
        ? NumberFormat.Duration(metric.Median)
        : NumberFormat.RateNumber(metric.Median);
}
