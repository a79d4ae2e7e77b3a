using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Rules;

namespace MemoryWall.Analysis.Reports;

/// <summary>One quantity at one context in both runs, before it is judged: how strictly depends on how many there are.</summary>
internal sealed record ComparedSample
{
    public required ComparedQuantity Quantity { get; init; }

    public required ComparedKey Key { get; init; }

    public required MetricSummary First { get; init; }

    public required MetricSummary Second { get; init; }

    public required RatioSample Ratio { get; init; }

    private int InterferenceCount { get; init; }

    /// <summary>What both runs measured, by quantity and context.</summary>
    public static IReadOnlyList<ComparedSample> Collect(ComparedRun a, ComparedRun b, IEnumerable<ComparedQuantity> quantities,
        ComparisonRules rules)
    {
        var shared = a.Contexts.Keys.Intersect(b.Contexts.Keys).Order().ToList();
        return [.. from quantity in quantities
                   from key in shared
                   let sample = Create(quantity, key, a, b, rules)
                   where sample is not null
                   select sample];
    }

    /// <summary>The comparison of this quantity.</summary>
    public ComparedContext Judge(DifferenceRule rule, double? margin) => new()
    {
        Quantity = Quantity,
        ContextTokens = Key.ContextTokens,
        Concurrency = Key.Concurrency,
        First = First,
        Second = Second,
        Finding = rule.Judge(Ratio, margin),
        InterferenceCount = InterferenceCount,
        InterferenceLeftOut = new[] { First, Second }.Sum(metric => metric.LeavesOutDisturbed ? metric.Disturbed.Count : 0),
    };

    private static ComparedSample? Create(ComparedQuantity quantity, ComparedKey key, ComparedRun a, ComparedRun b, ComparisonRules rules)
    {
        // With more output tokens generation reaches a greater depth, so its rate is not comparable.
        if (quantity == ComparedQuantity.GenerationTps && a.Contexts[key].OutputTokensAsked != b.Contexts[key].OutputTokensAsked)
            return null;
        if (a.GetMetric(quantity, key) is not { Min: > 0 } first || b.GetMetric(quantity, key) is not { Min: > 0 } second)
            return null;
        return new ComparedSample
        {
            Quantity = quantity,
            Key = key,
            First = first,
            Second = second,
            Ratio = RatioSample.FromTimes(a.Observe(a.Contexts[key], first, b), b.Observe(b.Contexts[key], second, a),
                rules.MinPairedShare),
            InterferenceCount = first.Disturbed.Count + second.Disturbed.Count,
        };
    }
}
