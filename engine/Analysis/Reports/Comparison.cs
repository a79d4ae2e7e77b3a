using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Reports;

/// <summary>The quantities by which two runs are compared.</summary>
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
public sealed record ComparedContext
{
    /// <summary>The quantity.</summary>
    public required ComparedQuantity Quantity { get; init; }

    /// <summary>The context.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Concurrent streams.</summary>
    public required int Concurrency { get; init; }

    /// <summary>The value in the first run.</summary>
    public required MetricSummary First { get; init; }

    /// <summary>The value in the second run.</summary>
    public required MetricSummary Second { get; init; }

    /// <summary>The second divided by the first, with its 95% interval.</summary>
    public required Estimate Ratio { get; init; }

    /// <summary>Whether repetitions were compared in pairs: only where the two runs alternated in time.</summary>
    public required bool IsPaired { get; init; }

    /// <summary>The conclusion.</summary>
    public required RatioVerdict Verdict { get; init; }

    /// <summary>How many of the trials of both values were disturbed by other work on the machine.</summary>
    public required int InterferenceCount { get; init; }
}

/// <summary>One quantity over all contexts that both runs have.</summary>
/// <param name="Quantity">The quantity.</param>
/// <param name="Ratio">The median of the contexts' ratios, with its 95% interval over contexts.</param>
/// <param name="Verdict">The conclusion.</param>
public sealed record ComparedOverall(ComparedQuantity Quantity, Estimate Ratio, RatioVerdict Verdict);

/// <summary>
/// Two runs, paired by context. A ratio counts as a difference only if its interval excludes 1, and as equal only if a margin was given and
/// the data suffice to show it.
/// </summary>
public sealed record Comparison
{
    private const double ConfidenceLevel = 0.95;

    /// <summary>How far a ratio may be from 1 and still count as equal, for example 0.02; absent where none was given.</summary>
    public double? Margin { get; init; }

    /// <summary>Each quantity at each context that both runs measured with the same method and concurrency; generation only for equal
    /// numbers of requested output tokens.</summary>
    public required IReadOnlyList<ComparedContext> Contexts { get; init; }

    /// <summary>Each quantity over all contexts; none for a quantity with a single context.</summary>
    public required IReadOnlyList<ComparedOverall> Overall { get; init; }

    /// <summary>How many of the ratios of <see cref="Contexts"/> would count as different by chance between two equal systems: each is
    /// tested at 95%.</summary>
    public double DifferencesByChance => (1 - ConfidenceLevel) * Contexts.Count(row => row.Verdict != RatioVerdict.TooFew);

    /// <summary>Differences between the runs' settings and systems.</summary>
    public required IReadOnlyList<RunDifference> Differences { get; init; }

    /// <summary>Contexts that only one of the runs measured.</summary>
    public required IReadOnlyList<int> Unmatched { get; init; }

    /// <summary>Compares.</summary>
    /// <param name="first">The run to compare with.</param>
    /// <param name="second">The run that is compared.</param>
    /// <param name="margin">The equivalence margin, above 0; null to ask for differences only.</param>
    internal static Comparison Compare(RunReport first, RunReport second, double? margin)
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
        // With more output tokens generation reaches a greater depth, so its rate is not comparable.
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
        return new ComparedContext
        {
            Quantity = quantity,
            ContextTokens = key.ContextTokens,
            Concurrency = key.Concurrency,
            First = first,
            Second = second,
            Ratio = ratio,
            IsPaired = pairs is not null,
            Verdict = EquivalenceTest.Classify(ratio, Ratio(EquivalenceTest.IntervalLevel), margin),
            InterferenceCount = first.Trials.Intersect(a.Contexts[key].TrialsWithInterference).Count()
                + second.Trials.Intersect(b.Contexts[key].TrialsWithInterference).Count(),
        };
    }

    private static ComparedOverall CompareOverall(ComparedQuantity quantity, IReadOnlyList<ComparedContext> rows, double? margin)
    {
        double[] ratios = [.. rows.Select(row => row.Ratio.Value)];
        var ratio = RatioEstimator.Combine(ratios, ConfidenceLevel);
        return new ComparedOverall(quantity, ratio,
            EquivalenceTest.Classify(ratio, RatioEstimator.Combine(ratios, EquivalenceTest.IntervalLevel), margin));
    }
}
