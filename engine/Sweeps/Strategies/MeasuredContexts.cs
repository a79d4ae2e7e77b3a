using MemoryWall.Analysis;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>What was measured so far, summarized for the strategies that choose further trials.</summary>
internal static class MeasuredContexts
{
    /// <summary>The contexts of one level of concurrency, smallest first, including those that only failed.</summary>
    public static IReadOnlyList<ContextSummary> Summarize(IReadOnlyList<Trial> done, int concurrency) =>
        [.. ContextSummary.Summarize(
            TrialReview.Review([.. done.Where(trial => trial.Outcome is not Cancelled)]))
            .Where(context => context.Concurrency == concurrency).OrderBy(context => context.ContextTokens)];

    /// <summary>The next repetition of a context.</summary>
    public static SweepStep CreateRepetition(IReadOnlyList<Trial> done, int context, int concurrency) => new(
        context,
        done.Where(trial => trial.ContextTokens == context && trial.Concurrency == concurrency).Select(trial => trial.Repetition)
            .DefaultIfEmpty(0).Max() + 1,
        concurrency);
}
