using MemoryWall.Analysis;
using MemoryWall.Notebooks.Frames;

namespace MemoryWall.Notebooks.Views;

/// <summary>Two runs side by side, in one page.</summary>
internal static class ComparisonView
{
    public static View Of(Comparison comparison) => new View()
        .Head("What changed")
        .Items(comparison.Differences.Count == 0 ? ["nothing that the manifests know of"] : comparison.Differences.Select(difference => $"{difference.Name}: {difference.First ?? Say.Absent} → {difference.Second ?? Say.Absent}"))
        .Head("What came of it: the second run as a multiple of the first")
        .Table(FrameView.Table(ComparisonFrame.Of(comparison)))
        .Items(comparison.Overall.Select(overall => $"{System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(overall.Quantity.ToString())} over all contexts: {Say.Number(overall.Ratio.Value)}{(overall.Ratio.Interval is { } interval ? $" ({Say.Number(interval.Low)} to {Say.Number(interval.High)})" : "")}"));
}
