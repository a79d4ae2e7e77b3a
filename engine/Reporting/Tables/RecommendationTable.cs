using MemoryWall.Analysis.Recommendations;
using MemoryWall.Charts;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Summary;

namespace MemoryWall.Reporting.Tables;

/// <summary>What to do, and why.</summary>
internal static class RecommendationTable
{
    private static readonly TableColumn<SummaryFinding>[] s_columns =
    [
        new("what to do", row => row.KeyNumber, IsNumber: false),
        new("why", row => string.Join(" ", row.Details.Prepend(row.Headline)), IsNumber: false),
    ];

    /// <summary>One row for each recommendation.</summary>
    public static TextTable Create(IEnumerable<Recommendation> recommendations) =>
        s_columns.ToTable(recommendations.Select(RecommendationPhrases.Format));
}
