using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Statistics;

namespace MemoryWall.Cli.Views;

/// <summary>How numbers look in tables. What is absent is a dash, never a zero.</summary>
internal static class CellFormat
{
    public const string Absent = "–";

    public static string Seconds(TimeSpan? time) => time is { } known ? Seconds(known.TotalSeconds) : Absent;

    public static string Rate(TokenRate? rate) => rate is { } known
        ? known.PerSecond.ToString(known.PerSecond >= 100 ? "#,0"
            : known.PerSecond >= 10 ? "0.0"
            : known.PerSecond >= 1 ? "0.00" : "0.000", CultureInfo.InvariantCulture)
        : Absent;

    /// <summary>Generation's rate, or the most that it can have been in a trial that was stopped, marked so.</summary>
    public static string GenerationRate(TrialView view) =>
        view is { GenerationRate: null, MaxGenerationRate: { } most } ? $"≤ {Rate(most)}" : Rate(view.GenerationRate);

    public static string Percent(double? share) => share is { } value ? value.ToString("0%", CultureInfo.InvariantCulture) : Absent;

    public static string Tokens(int? tokens) => tokens is { } value ? value.ToString("#,0", CultureInfo.InvariantCulture) : Absent;

    /// <summary>An interval behind its median: round brackets for a confidence interval, square ones for the range of what was
    /// seen.</summary>
    public static string Interval(Estimate estimate, Func<double, string> text) => estimate switch
    {
        { Kind: IntervalKind.Confidence, Interval: { } interval } => $"({text(interval.Low)} – {text(interval.High)})",
        { Kind: IntervalKind.Range, Interval: { } interval } => $"[{text(interval.Low)} – {text(interval.High)}]",
        _ => "",
    };

    /// <summary>A foreign string: one line, bounded, nothing that steers a terminal.</summary>
    public static string Sanitize(string text) => string.Concat(text.Take(400).Select(c => char.IsControl(c) ? ' ' : c));

    public static string Flags(TrialFlags flags) => string.Join(", ", flags.Names().Select(name => name.Replace('_', ' ')));

    /// <summary>Behind a row that sums trials up: how many of them were disturbed by other work; nothing where none was.</summary>
    public static string InterferenceNote(int trials) =>
        trials == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({trials} disturbed)");

    private static string Seconds(double seconds) => seconds switch
    {
        < 0.001 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:0} µs"),
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0} ms"),
        < 100 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds:#,0} s"),
    };
}
