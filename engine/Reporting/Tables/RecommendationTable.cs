using MemoryWall.Analysis.Recommendations;
using MemoryWall.Charts;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>What to do, and why.</summary>
internal static class RecommendationTable
{
    private static readonly TableColumn<Explanation>[] s_columns =
    [
        new("what to do", row => row.Key, IsNumber: false),
        new("why", row => string.Join(" ", row.Details.Prepend(row.Headline)), IsNumber: false),
    ];

    /// <summary>One row for each recommendation.</summary>
    public static TextTable Create(IEnumerable<Recommendation> recommendations) =>
        s_columns.ToTable(recommendations.Select(RecommendationPhrases.Format));
}
