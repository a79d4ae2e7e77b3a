using MemoryWall.Analysis;

namespace MemoryWall.Notebooks.Views;

/// <summary>Conclusions with the trials that they rest on.</summary>
internal static class VerdictsView
{
    public static View Of(IEnumerable<Verdict> verdicts) => new View().Items(verdicts.Select(Sentence));

    public static string Sentence(Verdict verdict) => verdict.Trials.Count == 0 ? verdict.Sentence
        : $"{verdict.Sentence} (trial{(verdict.Trials.Count == 1 ? "" : "s")} {string.Join(", ", verdict.Trials)})";
}
