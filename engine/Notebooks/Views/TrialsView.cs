using MemoryWall.Analysis.Review;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Views;

/// <summary>One row per trial, warm-ups too, and the reason of each failure.</summary>
internal static class TrialsView
{
    public static View Create(IEnumerable<TrialView> views)
    {
        var all = views.ToList();
        return new View().AddTable(TrialTable.CreateForAll(all))
            .AddItems(all.Where(view => view.Trial.Outcome.Detail.Length > 0)
                .Select(view => $"trial {view.Trial.Number}: {OutcomePhrases.FormatEvidence(view.Trial)}"));
    }
}
