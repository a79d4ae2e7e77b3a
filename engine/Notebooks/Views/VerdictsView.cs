using MemoryWall.Analysis.Verdicts;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Notebooks.Views;

/// <summary>Conclusions, each with the trials that it is based on.</summary>
internal static class VerdictsView
{
    public static View Create(IEnumerable<Verdict> verdicts) => new View().AddItems(verdicts.Select(VerdictPhrases.WithTrials));
}
