using MemoryWall.Analysis.Verdicts;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Notebooks.Views;

/// <summary>Conclusions, each with the trials that it is based on.</summary>
internal static class VerdictsView
{
    public static View Create(IEnumerable<Verdict> verdicts) => new View().AddItems(verdicts.Select(FormatSentence));

    public static string FormatSentence(Verdict verdict) => verdict.Trials.Count == 0 ? VerdictPhrases.Format(verdict)
        : $"{VerdictPhrases.Format(verdict)} ({FormatTrials(verdict.Trials)})";

    public static string FormatTrials(IReadOnlyList<int> numbers) =>
        $"trial{(numbers.Count == 1 ? "" : "s")} {string.Join(", ", FormatRanges(numbers))}";

    // Writes 2, 3, 4, 7 as 2–4, 7.
    private static IEnumerable<string> FormatRanges(IReadOnlyList<int> numbers) =>
        numbers.Order().Distinct().Select((number, index) => (number, index)).GroupBy(entry => entry.number - entry.index)
        .Select(group => (group.First().number, group.Last().number) is var (from, to) && to - from > 1
            ? $"{from}–{to}"
            : string.Join(", ", group.Select(entry => entry.number)));
}
