using MemoryWall.Analysis;
using MemoryWall.Core;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Frames;

/// <summary>Two runs side by side.</summary>
internal static class ComparisonDataFrame
{
    public static DataFrame Create(Comparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        return new DataFrameBuilder<ComparedContext>(comparison.Contexts)
            .AddText("quantity", row => ToSnakeCase(row.Quantity))
            .Add<int>("context_tokens", row => row.ContextTokens)
            .Add<int>("concurrency", row => row.Concurrency)
            .Add<double>("first_median", row => row.First.Median)
            .Add<double>("second_median", row => row.Second.Median)
            .Add<double>("ratio", row => row.Ratio.Value)
            .Add<double>("ratio_low", row => row.Ratio.Interval?.Low)
            .Add<double>("ratio_high", row => row.Ratio.Interval?.High)
            .AddText("interval", row => ToSnakeCase(row.Ratio.Kind))
            .Add<bool>("is_paired", row => row.IsPaired)
            .Add<int>("disturbed", row => row.InterferenceCount)
            .AddText("verdict", row => ToSnakeCase(row.Verdict))
            .ToFrame();
    }

    private static string ToSnakeCase<T>(T value) where T : struct, Enum => EnumNames.Name(value);
}
