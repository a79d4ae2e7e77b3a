using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>Repetitions of one context whose rate is an outlier. They are not dropped.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="Phase">The phase whose rate it is.</param>
/// <param name="OutlierTps">The rates of the outliers, in tokens per second, in the order of the trials.</param>
/// <param name="MedianTps">The median over all repetitions, in tokens per second.</param>
/// <param name="Trials">The outliers.</param>
internal sealed record OutlierVerdict(
    int ContextTokens, Phase Phase, IReadOnlyList<double> OutlierTps, double MedianTps, IReadOnlyList<int> Trials)
    : Verdict(VerdictTopic.Spread, Trials);

/// <summary>The repetitions of one context form two groups, and the median describes neither.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="Phase">The phase whose rate has two levels.</param>
/// <param name="P">The probability of such a distribution from one group (dip test).</param>
/// <param name="Trials">The repetitions.</param>
internal sealed record TwoGroupsVerdict(int ContextTokens, Phase Phase, double P, IReadOnlyList<int> Trials)
    : Verdict(VerdictTopic.Spread, Trials);

/// <summary>Pauses between tokens at one context.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="Gaps">Times between tokens in all.</param>
/// <param name="MedianSeconds">Their median.</param>
/// <param name="MinFactor">From this many times the median a time counts as a pause.</param>
/// <param name="Stalls">The pauses.</param>
/// <param name="Trials">The trials with a pause.</param>
internal sealed record StallVerdict(
    int ContextTokens, int Gaps, double MedianSeconds, double MinFactor, IReadOnlyList<Stall> Stalls, IReadOnlyList<int> Trials)
    : Verdict(VerdictTopic.Stall, Trials);
