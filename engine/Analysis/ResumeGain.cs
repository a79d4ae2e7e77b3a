using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>How much sooner the first token comes at one context when the KV cache is resumed from storage instead of computed.</summary>
public sealed record ResumeGain
{
    /// <summary>The context.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Time to the first token of the trials that computed the prompt.</summary>
    public required MetricSummary ComputedTtftSeconds { get; init; }

    /// <summary>Time to the first token of the trials that resumed it.</summary>
    public required MetricSummary ResumedTtftSeconds { get; init; }

    /// <summary>Computed ÷ resumed time over pairs of neighbouring trials, and whether it is a difference.</summary>
    public required RatioFinding Finding { get; init; }

    /// <summary>How many times sooner the first token comes; above 1 where resuming is faster.</summary>
    public Estimate Factor => Finding.Ratio;

    /// <summary>Bytes that were read; absent where the target does not report them.</summary>
    public double? StateBytes { get; init; }

    /// <summary>Bytes per second of the resume, checks included; absent where the target does not report them.</summary>
    public double? ReadBytesPerSecond { get; init; }

    /// <summary>The read speed below which computing is faster: the bytes divided by the time that is left after the rest of a resumed
    /// start. Absent where the target does not report the bytes, and where that rest alone takes longer than computing.</summary>
    public double? BreakEvenBytesPerSecond { get; init; }

    /// <summary>Whether the storage was slowed down to emulate another device.</summary>
    public required bool IsEmulated { get; init; }

    /// <summary>Whether the server reads its states through its page cache, which may still contain them since they were saved: the speed
    /// is then not that of its storage. The embedded server bypasses the page cache.</summary>
    public required bool IsThroughPageCache { get; init; }

    /// <summary>The trials that it rests on.</summary>
    public required IReadOnlyList<int> Trials { get; init; }

    /// <summary>The gain at each context of a run whose method is <see cref="SweepMethod.Resume"/>; none for other runs.</summary>
    internal static IReadOnlyList<ResumeGain> Compute(IReadOnlyList<TrialView> views, ComparisonRules rules)
    {
        ArgumentNullException.ThrowIfNull(views);
        var contexts = views.Where(
            view => view.Trial.Outcome.IsCompleted && !view.Trial.Flags.HasFlag(TrialFlags.Warmup) && view.Ttft > TimeSpan.Zero)
            .GroupBy(view => view.Trial.ContextTokens).OrderBy(group => group.Key)
            .Select(group => (Tokens: group.Key, Pairs: PairRepetitions(group))).Where(context => context.Pairs.Count > 0).ToList();
        var samples = contexts.ToDictionary(context => context.Tokens, context => RatioSample.FromPairs(
            context.Pairs.Select(pair => (Observe(pair.Resumed), Observe(pair.Computed)))));
        var rule = DifferenceRule.ForFamily(rules, samples.Values);
        return [.. contexts.Select(context => ComputeAt(context.Tokens, context.Pairs, rule.Judge(samples[context.Tokens])))];
    }

    private static List<(TrialView Computed, TrialView Resumed)> PairRepetitions(IEnumerable<TrialView> views) =>
        [.. from repetition in views.GroupBy(view => view.Trial.Repetition)
            let computed = repetition.LastOrDefault(view => view.Trial.Method == SweepMethod.Cold)
            let resumed = repetition.LastOrDefault(view => view.Trial.Method == SweepMethod.Resume)
            where computed is not null && resumed is not null
            select (computed, resumed)];

    private static Observation Observe(TrialView view) =>
        new(view.Ttft!.Value.TotalSeconds, view.Has<Interference>());

    private static ResumeGain ComputeAt(int context, IReadOnlyList<(TrialView Computed, TrialView Resumed)> pairs, RatioFinding finding)
    {
        var (computed, resumed) = (Ttft(pairs.Select(pair => pair.Computed)), Ttft(pairs.Select(pair => pair.Resumed)));
        double? Median(Func<TierUse, double?> value) =>
            Quantiles.MedianOfKnown(pairs.Select(pair => pair.Resumed.Trial.Tier is { } tier ? value(tier) : null));
        var (bytes, took) = (Median(tier => tier.StateBytes), Median(tier => tier.Resume?.TotalSeconds));
        var left = computed.Median - (resumed.Median - took);
        return new ResumeGain
        {
            ContextTokens = context,
            ComputedTtftSeconds = computed,
            ResumedTtftSeconds = resumed,
            Finding = finding,
            StateBytes = bytes,
            ReadBytesPerSecond = took > 0 ? bytes / took : null,
            BreakEvenBytesPerSecond = left > 0 ? bytes / left : null,
            IsEmulated = pairs.Any(pair => pair.Resumed.Trial.Tier?.IsEmulated == true),
            IsThroughPageCache = pairs.Any(pair => pair.Resumed.Trial.Tier?.BudgetBytes is null),
            Trials = [.. computed.Trials.Concat(resumed.Trials).Order()],
        };
    }

    private static MetricSummary Ttft(IEnumerable<TrialView> views) => MetricSummary.Summarize(views, view => view.Ttft?.TotalSeconds)!;
}
