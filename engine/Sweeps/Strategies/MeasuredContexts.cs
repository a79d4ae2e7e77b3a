using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>What was measured so far, as the strategies need it that choose further trials.</summary>
internal static class MeasuredContexts
{
    /// <summary>The contexts of one level of concurrency, smallest first, including those that only failed.</summary>
    public static IReadOnlyList<ContextSummary> Select(RunReport soFar, int concurrency) =>
        [.. soFar.Contexts.Where(context => context.Concurrency == concurrency).OrderBy(context => context.ContextTokens)];

    /// <summary>The next repetition of a context.</summary>
    public static SweepStep CreateRepetition(RunReport soFar, int context, int concurrency) => new(
        context,
        soFar.Trials.Select(view => view.Trial)
            .Where(trial => trial.ContextTokens == context && trial.Concurrency == concurrency).Select(trial => trial.Repetition)
            .DefaultIfEmpty(0).Max() + 1,
        concurrency);
}
