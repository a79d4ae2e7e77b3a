using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Statistics;

namespace MemoryWall.Cli.Views;

/// <summary>The cells of terminal tables that are more than one number.</summary>
internal static class CellFormat
{
    /// <summary>Generation's rate, or the most that it can have been in a trial that was stopped, marked so.</summary>
    public static string GenerationRate(TrialView view) =>
        view is { GenerationRate: null, MaxGenerationRate: { } most }
            ? $"≤ {NumberFormat.RateNumber(most)}"
            : NumberFormat.RateNumber(view.GenerationRate);

    /// <summary>An interval behind its median: round brackets for a confidence interval, square ones for the range of what was
    /// seen.</summary>
    public static string Interval(Estimate estimate, Func<double, string> text) => estimate switch
    {
        { Kind: IntervalKind.Confidence, Interval: { } interval } => $"({text(interval.Low)} – {text(interval.High)})",
        { Kind: IntervalKind.Range, Interval: { } interval } => $"[{text(interval.Low)} – {text(interval.High)}]",
        _ => "",
    };

    public static string Flags(TrialFlags flags) => string.Join(", ", flags.Names().Select(WordFormat.Words));

    /// <summary>Behind a row that sums trials up: how many of them were disturbed by other work; nothing where none was.</summary>
    public static string InterferenceNote(int trials) =>
        trials == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({trials} disturbed)");
}
