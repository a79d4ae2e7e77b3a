using MemoryWall.Analysis.Comparisons;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>Which phase takes most of the time.</summary>
internal enum DominantPhase
{
    /// <summary>Neither: both take about half.</summary>
    Neither,

    /// <summary>Prefill.</summary>
    Prefill,

    /// <summary>Generation.</summary>
    Generation,
}

/// <summary>Prefill's share of the time at one context.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="PrefillShare">The median share, 0 to 1.</param>
/// <param name="Dominant">The phase that takes most of the time.</param>
internal sealed record ContextShare(int ContextTokens, double PrefillShare, DominantPhase Dominant);

/// <summary>Which phase takes most of the time at each context.</summary>
/// <param name="Contexts">The contexts where both phases were measured, the smallest first.</param>
/// <param name="Trials">The trials that it rests on.</param>
internal sealed record DominanceVerdict(IReadOnlyList<ContextShare> Contexts, IReadOnlyList<int> Trials)
    : Verdict(VerdictTopic.Dominance, Trials);

/// <summary>The context at which both phases take as long.</summary>
/// <param name="Crossover">Its position.</param>
internal sealed record CrossoverVerdict(Crossover Crossover) : Verdict(VerdictTopic.Crossover, Crossover.Trials);

/// <summary>A rate at one context.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="MedianTps">The median rate, in tokens per second.</param>
internal sealed record ContextRate(int ContextTokens, double MedianTps);

/// <summary>How the rate of a phase changes from the smallest to the largest context.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="From">The rate at the smallest context.</param>
/// <param name="To">The rate at the largest context.</param>
/// <param name="Finding">The second rate divided by the first, and whether that is a change.</param>
/// <param name="Trials">The trials that it rests on.</param>
internal sealed record RateChangeVerdict(
    Phase Phase, ContextRate From, ContextRate To, RatioFinding Finding, IReadOnlyList<int> Trials)
    : Verdict(VerdictTopic.Rates, Trials)
{
    /// <summary>The highest rate, where it is at a context in between; absent otherwise.</summary>
    public ContextRate? HighestBetween { get; init; }

    /// <summary>The lowest rate, where it is at a context in between; absent otherwise.</summary>
    public ContextRate? LowestBetween { get; init; }
}
