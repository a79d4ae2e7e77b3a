using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Rules;
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

    /// <summary>The second divided by the first, and whether it is a difference.</summary>
    public required RatioFinding Finding { get; init; }

    /// <summary>The second divided by the first, with its interval.</summary>
    public Estimate Ratio => Finding.Ratio;

    /// <summary>Whether repetitions were compared in pairs: only where the two runs took turns in time.</summary>
    public bool IsPaired => Finding.IsInterleaved;

    /// <summary>The conclusion.</summary>
    public RatioVerdict Verdict => Finding.Verdict;

    /// <summary>How many of the trials of both values were disturbed by other work on the machine.</summary>
    public required int InterferenceCount { get; init; }

    /// <summary>How many of these the two medians leave out, because enough undisturbed trials remain. The ratio has a rule of its own
    /// (<see cref="Finding"/>).</summary>
    public int InterferenceLeftOut { get; init; }
}

/// <summary>One quantity over all contexts that both runs have.</summary>
/// <param name="Quantity">The quantity.</param>
/// <param name="Finding">The ratio of the geometric means over the contexts, one observation for each repetition.</param>
public sealed record ComparedOverall(ComparedQuantity Quantity, RatioFinding Finding)
{
    /// <summary>The second divided by the first, with its interval.</summary>
    public Estimate Ratio => Finding.Ratio;

    /// <summary>The conclusion.</summary>
    public RatioVerdict Verdict => Finding.Verdict;
}

/// <summary>
/// Two runs, paired by context. A ratio counts as a difference only where <see cref="DifferenceRule"/> finds it, and as equal only if a
/// margin was given and the data suffice to show it.
/// </summary>
public sealed record Comparison
{
    /// <summary>How far a ratio may be from 1 and still count as equal, for example 0.02; absent where none was given.</summary>
    public double? Margin { get; init; }

    /// <summary>Each quantity at each context that both runs measured with the same method and concurrency; generation only for equal
    /// numbers of requested output tokens.</summary>
    public required IReadOnlyList<ComparedContext> Contexts { get; init; }

    /// <summary>Each quantity over all contexts; none for a quantity with a single context.</summary>
    public required IReadOnlyList<ComparedOverall> Overall { get; init; }

    /// <summary>The confidence with which none of the ratios is called a difference by chance, for example 0.95.</summary>
    public required double ConfidenceLevel { get; init; }

    /// <summary>Differences between the runs' settings and systems.</summary>
    public required IReadOnlyList<RunDifference> Differences { get; init; }

    /// <summary>Contexts that only one of the runs measured.</summary>
    public required IReadOnlyList<int> Unmatched { get; init; }

    /// <summary>Why the runs are not compared; null where they are.</summary>
    internal ComparisonBarrier? Barrier { get; private init; }

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
        return Compare(new ComparedRun(first), new ComparedRun(second), margin, first.Rules.Comparison);
    }

    private static Comparison Compare(ComparedRun a, ComparedRun b, double? margin, ComparisonRules rules)
    {
        var barrier = ComparisonBarriers.Find(a, b);
        var quantities = barrier is null ? Enum.GetValues<ComparedQuantity>() : [];
        var samples = ComparedSample.Collect(a, b, quantities, rules);
        var overall = samples.GroupBy(sample => sample.Quantity).Where(group => group.Count() > 1)
            .Select(group => (Quantity: group.Key, Ratio: RatioSample.Combine([.. group.Select(sample => sample.Ratio)]))).ToList();
        var rule = DifferenceRule.ForFamily(rules, [.. samples.Select(sample => sample.Ratio), .. overall.Select(entry => entry.Ratio)]);
        return new Comparison
        {
            Margin = margin,
            Barrier = barrier,
            Contexts = [.. samples.Select(sample => sample.Judge(rule, margin))],
            Overall = [.. overall.Select(entry => new ComparedOverall(entry.Quantity, rule.Judge(entry.Ratio, margin)))],
            ConfidenceLevel = rules.ConfidenceLevel,
            Differences = RunDifferences.Find(a.Report.Manifest, b.Report.Manifest, rules),
            Unmatched = [.. a.Contexts.Keys.Union(b.Contexts.Keys).Except(a.Contexts.Keys.Intersect(b.Contexts.Keys))
                .Select(key => key.ContextTokens).Distinct().Order()],
        };
    }
}
