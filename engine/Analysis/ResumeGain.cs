using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>How much sooner the first token comes at one context when the KV cache is resumed from storage instead of computed.</summary>
public sealed record ResumeGain
{
    private const double ConfidenceLevel = 0.95;

    /// <summary>The context.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Time to the first token of the trials that computed the prompt.</summary>
    public required MetricSummary ComputedTtftSeconds { get; init; }

    /// <summary>Time to the first token of the trials that resumed it.</summary>
    public required MetricSummary ResumedTtftSeconds { get; init; }

    /// <summary>How many times sooner the first token comes, over pairs of neighbouring trials; above 1 where resuming is faster.</summary>
    public required Estimate Factor { get; init; }

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
    public static IReadOnlyList<ResumeGain> Compute(IReadOnlyList<TrialView> views)
    {
        ArgumentNullException.ThrowIfNull(views);
        var used = views.Where(
            view => view.Trial.Outcome.IsCompleted && !view.Trial.Flags.HasFlag(TrialFlags.Warmup) && view.Ttft > TimeSpan.Zero).ToList();
        return [.. used.GroupBy(view => view.Trial.ContextTokens).OrderBy(group => group.Key)
            .Select(group => ComputeAt(group.Key, [.. group])).OfType<ResumeGain>()];
    }

    private static ResumeGain? ComputeAt(int context, IReadOnlyList<TrialView> views)
    {
        var pairs = views.GroupBy(view => view.Trial.Repetition)
            .Select(pair => (Computed: pair.LastOrDefault(view => view.Trial.Method == SweepMethod.Cold),
                Resumed: pair.LastOrDefault(view => view.Trial.Method == SweepMethod.Resume)))
            .Where(pair => pair is { Computed: not null, Resumed: not null }).ToList();
        if (pairs.Count == 0)
            return null;
        var (computed, resumed) = (Ttft(pairs.Select(pair => pair.Computed!)), Ttft(pairs.Select(pair => pair.Resumed!)));
        double? Median(Func<TierUse, double?> value) =>
            pairs.Select(pair => pair.Resumed!.Trial.Tier is { } tier ? value(tier) : null).OfType<double>()
                .ToArray() is { Length: > 0 } values ? Quantiles.Median(values) : null;
        var (bytes, took) = (Median(tier => tier.StateBytes), Median(tier => tier.Resume?.TotalSeconds));
        var left = computed.Median - (resumed.Median - took);
        return new ResumeGain
        {
            ContextTokens = context,
            ComputedTtftSeconds = computed,
            ResumedTtftSeconds = resumed,
            Factor = RatioEstimator.EstimatePaired(resumed.Values, computed.Values, ConfidenceLevel),
            StateBytes = bytes,
            ReadBytesPerSecond = took > 0 ? bytes / took : null,
            BreakEvenBytesPerSecond = left > 0 ? bytes / left : null,
            IsEmulated = pairs.Any(pair => pair.Resumed!.Trial.Tier?.IsEmulated == true),
            IsThroughPageCache = pairs.Any(pair => pair.Resumed!.Trial.Tier?.BudgetBytes is null),
            Trials = [.. computed.Trials.Concat(resumed.Trials).Order()],
        };
    }

    private static MetricSummary Ttft(IEnumerable<TrialView> views) => MetricSummary.Summarize(views, view => view.Ttft?.TotalSeconds)!;
}
