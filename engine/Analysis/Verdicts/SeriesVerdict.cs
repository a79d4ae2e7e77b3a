using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>The first measured trials differ from the later ones.</summary>
/// <param name="Phase">The phase whose rate differs.</param>
/// <param name="Ratio">Their median rate divided by that of the later trials, each relative to its context.</param>
/// <param name="Trials">The first trials.</param>
internal sealed record WarmUpVerdict(Phase Phase, double Ratio, IReadOnlyList<int> Trials) : Verdict(VerdictTopic.WarmUp, Trials);

/// <summary>A rate changes over the run at every context.</summary>
/// <param name="Phase">The phase whose rate changes.</param>
/// <param name="Change">The relative change from the first to the last trial, by the median slope; below 0 where the rate falls.</param>
/// <param name="P">The probability of such a trend by chance (Mann-Kendall test).</param>
/// <param name="Trials">The trials that it rests on.</param>
internal sealed record DriftVerdict(Phase Phase, double Change, double P, IReadOnlyList<int> Trials) : Verdict(VerdictTopic.Drift, Trials);

/// <summary>A rate depends on the context of the trial before.</summary>
/// <param name="Phase">The phase whose rate depends on it.</param>
/// <param name="Ratio">The median rate after a larger context divided by that after a smaller one.</param>
/// <param name="P">The probability of such a difference by chance (rank sum test).</param>
/// <param name="Trials">The trials that it rests on.</param>
internal sealed record OrderEffectVerdict(Phase Phase, double Ratio, double P, IReadOnlyList<int> Trials)
    : Verdict(VerdictTopic.OrderEffect, Trials);

/// <summary>The contexts were measured in rising order, so effects of time and of context cannot be separated.</summary>
/// <param name="Trials">The trials in that order.</param>
internal sealed record ConfoundedOrderVerdict(IReadOnlyList<int> Trials) : Verdict(VerdictTopic.OrderEffect, Trials);
