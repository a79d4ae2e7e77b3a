using MemoryWall.Core;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>What two runs are compared by.</summary>
public enum ComparedQuantity
{
    /// <summary>Prefill TPS: more is better.</summary>
    PrefillTps,

    /// <summary>Generation TPS: more is better.</summary>
    GenerationTps,

    /// <summary>TTFT: less is better.</summary>
    TtftSeconds,
}

/// <summary>One quantity at one context in both runs.</summary>
/// <param name="Quantity">What.</param>
/// <param name="ContextTokens">Where.</param>
/// <param name="Concurrency">Streams at once.</param>
/// <param name="First">In the first run.</param>
/// <param name="Second">In the second run.</param>
/// <param name="Ratio">The second as a multiple of the first, with its 95% interval.</param>
/// <param name="IsPaired">Whether repetitions were held against each other one by one: only where the runs took turns in time.</param>
/// <param name="Verdict">What can be said.</param>
/// <param name="InterferenceCount">How many of the trials of either figure were disturbed by other work on the machine.</param>
public sealed record ComparedContext(
    ComparedQuantity Quantity, int ContextTokens, int Concurrency, MetricSummary First, MetricSummary Second, Estimate Ratio,
    bool IsPaired, RatioVerdict Verdict, int InterferenceCount);

/// <summary>One quantity over all contexts that both runs have.</summary>
/// <param name="Quantity">What.</param>
/// <param name="Ratio">The middle of the contexts' ratios, with its 95% interval over contexts.</param>
/// <param name="Verdict">What can be said.</param>
public sealed record ComparedOverall(ComparedQuantity Quantity, Estimate Ratio, RatioVerdict Verdict);

/// <summary>
/// Two runs side by side, paired by context. A difference is called one only where the interval of the ratio does not hold 1; sameness only
/// where a margin was given and the data are enough for it.
/// </summary>
public sealed record Comparison
{
    private const double ConfidenceLevel = 0.95;

    /// <summary>How far a ratio may be from 1 and still be the same, for example 0.02; absent where none was given.</summary>
    public double? Margin { get; init; }

    /// <summary>Each quantity at each context that both runs have by the same method and with as many streams; generation only where as
    /// many output tokens were asked for.</summary>
    public required IReadOnlyList<ComparedContext> Contexts { get; init; }

    /// <summary>Each quantity over the contexts together; none for a quantity with one context.</summary>
    public required IReadOnlyList<ComparedOverall> Overall { get; init; }

    /// <summary>How many of the ratios of <see cref="Contexts"/> would be called different if the two were the same: each is asked at 95%,
    /// and many are asked.</summary>
    public double DifferencesByChance => (1 - ConfidenceLevel) * Contexts.Count(row => row.Verdict != RatioVerdict.TooFew);

    /// <summary>In what the runs differ beside their figures.</summary>
    public required IReadOnlyList<RunDifference> Differences { get; init; }

    /// <summary>Contexts that only one of the runs has with figures.</summary>
    public required IReadOnlyList<int> Unmatched { get; init; }

    /// <summary>Compares.</summary>
    /// <param name="first">The run to compare with.</param>
    /// <param name="second">The run that is compared.</param>
    /// <param name="margin">The equivalence margin, above 0; null to ask for differences only.</param>
    public static Comparison Compare(Run first, Run second, double? margin)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (margin is <= 0)
            throw new ArgumentOutOfRangeException(nameof(margin), margin, "a margin is above 0");
        var (a, b) = (new ComparedRun(first), new ComparedRun(second));
        var shared = a.Contexts.Keys.Intersect(b.Contexts.Keys).Order().ToList();
        ComparedContext[] contexts = [.. from quantity in Enum.GetValues<ComparedQuantity>()
                                         from key in shared
                                         let row = CompareAt(quantity, a, b, key, margin)
                                         where row is not null
                                         select row];
        return new Comparison
        {
            Margin = margin,
            Contexts = contexts,
            Overall = [
                .. contexts.GroupBy(row => row.Quantity).Where(group => group.Count() > 1)
                    .Select(group => CompareOverall(group.Key, [.. group], margin))],
            Differences = RunDifferences.Find(first.Manifest, second.Manifest),
            Unmatched = [.. a.Contexts.Keys.Concat(b.Contexts.Keys).Except(shared).Select(key => key.ContextTokens).Distinct().Order()],
        };
    }

    private static ComparedContext? CompareAt(ComparedQuantity quantity, ComparedRun a, ComparedRun b, ComparedKey key, double? margin)
    {
        // Over more output tokens generation goes deeper: its rate is another one.
        if (quantity == ComparedQuantity.GenerationTps && a.Contexts[key].OutputTokensAsked != b.Contexts[key].OutputTokensAsked)
            return null;
        if (a.GetMetric(quantity, key) is not { } first || b.GetMetric(quantity, key) is not { } second || first.Min <= 0
            || second.Min <= 0)
            return null;
        (double[] A, double[] B)? pairs = key.Concurrency <= 1 && a.IsInterleavedWith(b, first, second)
            ? a.PairByTime(b, first, second)
            : null;
        Estimate Ratio(double level) =>
            pairs is { } p
                ? RatioEstimator.EstimatePaired(p.A, p.B, level)
                : RatioEstimator.EstimateUnpaired(first.IndependentValues, second.IndependentValues, level);
        var ratio = Ratio(ConfidenceLevel);
        return new ComparedContext(quantity, key.ContextTokens, key.Concurrency, first, second, ratio, pairs is not null,
            EquivalenceTest.Classify(ratio, Ratio(EquivalenceTest.IntervalLevel), margin),
            first.Trials.Intersect(a.Contexts[key].TrialsWithInterference).Count()
                + second.Trials.Intersect(b.Contexts[key].TrialsWithInterference).Count());
    }

    private static ComparedOverall CompareOverall(ComparedQuantity quantity, IReadOnlyList<ComparedContext> rows, double? margin)
    {
        double[] ratios = [.. rows.Select(row => row.Ratio.Value)];
        var ratio = RatioEstimator.Combine(ratios, ConfidenceLevel);
        return new ComparedOverall(quantity, ratio,
            EquivalenceTest.Classify(ratio, RatioEstimator.Combine(ratios, EquivalenceTest.IntervalLevel), margin));
    }
}
