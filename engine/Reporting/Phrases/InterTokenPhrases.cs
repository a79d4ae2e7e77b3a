using MemoryWall.Analysis;
using MemoryWall.Analysis.Review;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>Why there are no times between tokens, in words.</summary>
internal static class InterTokenPhrases
{
    /// <summary>One sentence for each reason for which contexts have no times between tokens.</summary>
    public static IEnumerable<string> FormatMissing(IReadOnlyList<ContextSummary> contexts) => contexts
        .Where(context => context is { InterToken: null, NotTimed.Count: > 0 })
        .GroupBy(context => context.NotTimed[0].Reason.GetType())
        .Select(same => $"No times between tokens at {WordFormat.List(same.Select(Context).Distinct())}: {Describe(same)}.");

    private static string Context(ContextSummary context) => NumberFormat.Context(context.ContextTokens);

    // The numbers of the one context where there is only one.
    private static string Describe(IEnumerable<ContextSummary> contexts)
    {
        var (first, isAlone) = (contexts.First().NotTimed[0], contexts.Count() == 1);
        var example = isAlone || first.Reason is SpeculatedTokens ? "" : $"in {WordFormat.Trials([first.Trial])}, ";
        return example + DoubtPhrases.Describe(first.Reason);
    }
}
