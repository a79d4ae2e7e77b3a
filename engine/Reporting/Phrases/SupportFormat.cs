using MemoryWall.Analysis.Comparisons;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>What a ratio lacks to count as a difference.</summary>
internal static class SupportFormat
{
    /// <summary>The missing repetitions: <c>3 more repetitions</c>.</summary>
    public static string Missing(RatioFinding finding) =>
        $"{NumberFormat.Tokens(finding.MissingPairs)} more {(finding.MissingPairs == 1 ? "repetition" : "repetitions")}";
}
