using MemoryWall.Core.Primitives;
using MemoryWall.Core.Tables;
using Column = MemoryWall.Core.Tables.Column<MemoryWall.Analysis.Reports.ComparedContext>;

namespace MemoryWall.Analysis.Reports;

/// <summary>The columns of a data frame that compares two runs: one row for each quantity at each context.</summary>
internal static class ComparisonSchema
{
    private const string NoInterval = "There are too few values for an interval.";

    public static IReadOnlyList<Column<ComparedContext>> Columns { get; } =
    [
        Column.Word("quantity", "What is compared: `prefill_tps`, `generation_tps` or `ttft_seconds`.", Column.Never,
            c => EnumNames.Name(c.Quantity)),
        Column.Integer("context_tokens", "tokens", "The requested length of the prompt (N).", Column.Never, c => c.ContextTokens),
        Column.Integer("concurrency", "streams", "Streams that ran at the same time.", Column.Never, c => c.Concurrency),
        Column.Number("first_median", "", "Median of the first run, in the unit of the quantity.", Column.Never, c => c.First.Median),
        Column.Number("second_median", "", "Median of the second run, in the unit of the quantity.", Column.Never, c => c.Second.Median),
        Column.Number("ratio", "", "Second run ÷ first run.", Column.Never, c => c.Ratio.Value),
        Column.Number("ratio_low", "", "Lower end of the interval of the ratio.", NoInterval, c => c.Ratio.Interval?.Low),
        Column.Number("ratio_high", "", "Upper end of the interval of the ratio.", NoInterval, c => c.Ratio.Interval?.High),
        Column.Word("interval",
            "What the interval is: `confidence` (95% for all ratios together), `range` (all values, of fewer than 5) or `none`.",
            Column.Never,
            c => EnumNames.Name(c.Ratio.Kind)),
        Column.Flag("is_paired", "Whether repetitions were compared in pairs, because the runs took turns in time.", Column.Never,
            c => c.IsPaired),
        Column.Integer("disturbed", "", "Trials of either run during which other programs used the machine.", Column.Never,
            c => c.InterferenceCount),
        Column.Integer("disturbed_left_out", "",
            "Those of them that are in neither median, because enough undisturbed trials remain. The ratio leaves out disturbed pairs by a "
                + "rule of its own.",
            Column.Never, c => c.InterferenceLeftOut),
        Column.Word("verdict",
            "The conclusion: `too_few`, `no_difference_shown`, `lower`, `higher` or `equivalent`.", Column.Never,
            c => EnumNames.Name(c.Verdict)),
    ];
}
