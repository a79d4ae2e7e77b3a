using MemoryWall.Analysis.Walls;

namespace MemoryWall.Notebooks.Views;

/// <summary>Findings for somebody who reads one page.</summary>
internal static class FindingsView
{
    public static View Of(IEnumerable<SummaryFinding> findings)
    {
        var view = new View();
        foreach (var finding in findings)
            view.Finding(finding.KeyNumber, finding.Headline, finding.Trials.Count == 0 ? finding.Details : [.. finding.Details, $"Rests on {VerdictsView.Trials(finding.Trials)} of the sweep."]);
        return view;
    }
}
