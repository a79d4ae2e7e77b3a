using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Rules;

namespace MemoryWall.Analysis;

/// <summary>The rates of a trial.</summary>
internal enum TrialRate
{
    /// <summary>Prompt tokens per second of prefill.</summary>
    Prefill,

    /// <summary>Output tokens per second of generation.</summary>
    Generation,
}

/// <summary>How a rate changes from the smallest to the largest measured context of a level.</summary>
internal sealed record RateChange
{
    /// <summary>The rate.</summary>
    public required TrialRate Rate { get; init; }

    /// <summary>The smallest context with this rate.</summary>
    public required int FromTokens { get; init; }

    /// <summary>The largest.</summary>
    public required int ToTokens { get; init; }

    /// <summary>The rate at the smallest context.</summary>
    public required MetricSummary From { get; init; }

    /// <summary>The rate at the largest context.</summary>
    public required MetricSummary To { get; init; }

    /// <summary>The rate at the largest ÷ that at the smallest context, and whether it is a difference.</summary>
    public required RatioFinding Finding { get; init; }

    /// <summary>The changes of both rates; none for a rate with fewer than two contexts.</summary>
    /// <param name="level">The summaries of one level, smallest context first.</param>
    /// <param name="rules">When a ratio counts as a difference.</param>
    public static IReadOnlyList<RateChange> Compute(IReadOnlyList<ContextSummary> level, ComparisonRules rules)
    {
        var ends = Enum.GetValues<TrialRate>().Select(rate => (Rate: rate, Known: level.Where(at => Select(at, rate) is not null).ToList()))
            .Where(entry => entry.Known.Count > 1)
            .Select(entry => (entry.Rate, First: entry.Known[0], Last: entry.Known[^1],
                Sample: new TrendSample([.. entry.Known.SelectMany(at => Observe(at, entry.Rate))], rules.MinPairedShare))).ToList();
        var rule = DifferenceRule.ForFamily(rules, ends.Select(end => end.Sample));
        return [.. ends.Select(end => new RateChange
        {
            Rate = end.Rate,
            FromTokens = end.First.ContextTokens,
            ToTokens = end.Last.ContextTokens,
            From = Select(end.First, end.Rate)!,
            To = Select(end.Last, end.Rate)!,
            Finding = rule.Judge(end.Sample),
        })];
    }

    private static IEnumerable<TrendPoint> Observe(ContextSummary at, TrialRate rate)
    {
        var metric = Select(at, rate)!;
        return metric.Steps.Zip(at.Observe(metric), (step, observation) => new TrendPoint(step.Repetition, at.ContextTokens, observation));
    }

    private static MetricSummary? Select(ContextSummary context, TrialRate rate) =>
        rate == TrialRate.Prefill ? context.PrefillTps : context.GenerationTps;
}
