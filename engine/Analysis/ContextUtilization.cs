using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>How much of the machine's measured peaks the completed trials of a context used.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="Mfu">Median share of the arithmetic peak in prefill; null where it is unknown for every trial.</param>
/// <param name="Mbu">Median share of the memory bandwidth in generation; null where it is unknown for every trial.</param>
internal sealed record ContextUtilization(int ContextTokens, double? Mfu, double? Mbu)
{
    /// <summary>One entry for each context with a known share, the smallest context first.</summary>
    public static IReadOnlyList<ContextUtilization> Summarize(IReadOnlyList<TrialPhase> phases, IEnumerable<Trial> trials)
    {
        var completed = trials.Where(trial => trial.Outcome.IsCompleted).Select(trial => trial.Number).ToHashSet();
        return
        [
            .. phases.Where(phase => completed.Contains(phase.Trial)).GroupBy(phase => phase.ContextTokens).OrderBy(same => same.Key)
                .Select(same => new ContextUtilization(same.Key, Quantiles.MedianOfKnown(same.Select(phase => phase.Mfu)),
                    Quantiles.MedianOfKnown(same.Select(phase => phase.Mbu))))
                .Where(context => context is not { Mfu: null, Mbu: null }),
        ];
    }
}
