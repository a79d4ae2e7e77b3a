using MemoryWall.Analysis.Review;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Tables;

/// <summary>Cells of rates, which may be bounds.</summary>
internal static class RateCells
{
    /// <summary>The generation rate; of a stopped trial the upper bound, marked as such.</summary>
    public static string FormatGenerationRate(TrialView view) => view is { GenerationRate: null, MaxGenerationRate: { } max }
        ? $"≤ {NumberFormat.RateNumber(max)}"
        : NumberFormat.RateNumber(view.GenerationRate);

    /// <summary>The time of one token at a rate.</summary>
    /// <param name="perSecond">The rate; null where it is unknown.</param>
    /// <param name="isBound">Whether the rate is an upper bound, and so the time a lower one.</param>
    public static string FormatTimePerToken(double? perSecond, bool isBound) =>
        perSecond is > 0 and var rate ? (isBound ? "≥ " : "") + NumberFormat.Duration(1 / rate) : NumberFormat.Absent;

    /// <summary>How many trials of a row suffered interference by other work on the machine, and whether the row rests on the others;
    /// empty where none did.</summary>
    /// <param name="trials">Disturbed trials.</param>
    /// <param name="leftOut">Those of them that the row's numbers do not include.</param>
    public static string FormatInterference(int trials, int leftOut) => (trials, leftOut) switch
    {
        (0, _) => "",
        (_, 0) => $" ({NumberFormat.Tokens(trials)} with interference)",
        _ when leftOut == trials => $" ({NumberFormat.Tokens(trials)} with interference left out)",
        _ => $" ({NumberFormat.Tokens(trials)} with interference, {NumberFormat.Tokens(leftOut)} of them left out)",
    };
}
