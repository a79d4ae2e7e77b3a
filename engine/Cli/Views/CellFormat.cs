using MemoryWall.Analysis.Review;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Cli.Views;

/// <summary>Formats the cells of terminal tables that are more than one number.</summary>
internal static class CellFormat
{
    /// <summary>A number with its noun: <c>1 trial</c>, <c>2 trials</c>.</summary>
    public static string Count(int number, string noun) => $"{NumberFormat.Tokens(number)} {noun}{(number == 1 ? "" : "s")}";

    /// <summary>The generation rate; of a stopped trial the upper bound, marked as such.</summary>
    public static string GenerationRate(TrialView view) =>
        view is { GenerationRate: null, MaxGenerationRate: { } max }
            ? $"≤ {NumberFormat.RateNumber(max)}"
            : NumberFormat.RateNumber(view.GenerationRate);

    /// <summary>The interval of an estimate: a confidence interval in round brackets, the range of few values in square ones.</summary>
    public static string Interval(Estimate estimate, Func<double, string> text) => estimate switch
    {
        { Kind: IntervalKind.Confidence, Interval: { } interval } => $"({text(interval.Low)} – {text(interval.High)})",
        { Kind: IntervalKind.Range, Interval: { } interval } => $"[{text(interval.Low)} – {text(interval.High)}]",
        _ => "",
    };

    /// <summary>How many trials of a row suffered interference by other work on the machine; empty where none did.</summary>
    public static string InterferenceNote(int trials) => trials == 0 ? "" : $" ({NumberFormat.Tokens(trials)} with interference)";
}
