using MemoryWall.Analysis.Walls;

namespace MemoryWall.Notebooks.Views;

/// <summary>Findings for somebody who reads one page.</summary>
internal static class FindingsView
{
    public static View Create(IEnumerable<SummaryFinding> findings)
    {
        var view = new View();
        foreach (var finding in findings)
            view.AddFinding(finding.KeyNumber, finding.Headline,
                finding.Trials.Count == 0
                    ? finding.Details
                    : [.. finding.Details, $"Rests on {VerdictsView.FormatTrials(finding.Trials)} of the sweep."]);
        return view;
    }
}
