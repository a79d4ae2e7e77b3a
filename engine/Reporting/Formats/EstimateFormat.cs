using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Formats;

/// <summary>Estimates with their intervals.</summary>
internal static class EstimateFormat
{
    /// <summary>The interval: a confidence interval in round brackets, the range of few values in square ones; empty where there is
    /// none.</summary>
    public static string Interval(Estimate estimate, Func<double, string> format) => estimate switch
    {
        { Kind: IntervalKind.Confidence, Interval: { } interval } => $"({format(interval.Low)} – {format(interval.High)})",
        { Kind: IntervalKind.Range, Interval: { } interval } => $"[{format(interval.Low)} – {format(interval.High)}]",
        _ => "",
    };

    /// <summary>The value with its interval.</summary>
    public static string WithInterval(Estimate estimate, Func<double, string> format) =>
        $"{format(estimate.Value)} {Interval(estimate, format)}".TrimEnd();
}
