using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Summary;

namespace MemoryWall.Notebooks.Views;

/// <summary>The main findings of a report.</summary>
internal static class FindingsView
{
    public static View Create(IEnumerable<SummaryFinding> findings)
    {
        var view = new View();
        foreach (var finding in findings)
            view.AddFinding(finding.KeyNumber, finding.Headline,
                finding.Trials.Count == 0
                    ? finding.Details
                    : [.. finding.Details, $"Based on {WordFormat.TrialRanges(finding.Trials)} of the sweep."]);
        return view;
    }
}
