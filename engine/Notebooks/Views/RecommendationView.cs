using MemoryWall.Analysis.Recommendations;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Views;

/// <summary>What to do next.</summary>
internal static class RecommendationView
{
    public static View Create(IReadOnlyList<Recommendation> recommendations) => recommendations.Count == 0
        ? new View().AddLine(RecommendationPhrases.None)
        : new View().AddTable(RecommendationTable.Create(recommendations));
}
