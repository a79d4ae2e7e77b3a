using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>What taking a prompt's KV cache up from storage is worth at one context, against computing it again.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="ComputedTtftSeconds">Time to the first token of the trials that computed the prompt.</param>
/// <param name="ResumedTtftSeconds">Time to the first token of those that took it up.</param>
/// <param name="Factor">How many times sooner the first token comes, over pairs of neighbours; above 1 where resuming pays.</param>
/// <param name="StateBytes">Bytes that were read; absent where the target does not tell.</param>
/// <param name="ReadBytesPerSecond">How fast they were taken up, checks included; absent where the target does not tell.</param>
/// <param name="BreakEvenBytesPerSecond">
/// The speed below which computing would be sooner: the bytes over the time that is left once the rest of a resumed start is done. Absent
/// where the target does not tell, and where that rest alone takes longer than computing.
/// </param>
/// <param name="IsEmulated">Whether the storage was slowed down to stand for another device.</param>
/// <param name="IsThroughPageCache">
/// Whether the server reads its states as any file, through its page cache, where they may still lie since they were saved: the speed is
/// then not its storage's. The embedded server reads past it.
/// </param>
/// <param name="Trials">The trials that it rests on.</param>
public sealed record ResumeGain(
    int ContextTokens, MetricSummary ComputedTtftSeconds, MetricSummary ResumedTtftSeconds, Estimate Factor, double? StateBytes,
    double? ReadBytesPerSecond,
    double? BreakEvenBytesPerSecond, bool IsEmulated, bool IsThroughPageCache, IReadOnlyList<int> Trials)
{
    private const double ConfidenceLevel = 0.95;

    /// <summary>The gain at each context of a run whose method is <see cref="SweepMethod.Resume"/>; none for other runs.</summary>
    public static IReadOnlyList<ResumeGain> Compute(IReadOnlyList<TrialView> views)
    {
        ArgumentNullException.ThrowIfNull(views);
        var used = views.Where(
            view => view.Trial.Outcome.IsCompleted && !view.Trial.Flags.HasFlag(TrialFlags.Warmup) && view.Ttft > TimeSpan.Zero).ToList();
        return [.. used.GroupBy(view => view.Trial.ContextTokens).OrderBy(group => group.Key)
            .Select(group => ComputeAt(group.Key, [.. group])).OfType<ResumeGain>()];
    }

    /// <summary>One verdict over all contexts; none where nothing was resumed.</summary>
    internal static IEnumerable<Verdict> CreateVerdicts(IReadOnlyList<ResumeGain> gains)
    {
        if (gains.Count == 0)
            yield break;
        var storage = gains.Any(gain => gain.IsEmulated) ? "emulated storage" : "storage";
        var pays = gains.Where(gain => gain.Factor.Value > 1).ToList();
        var sentence = pays.Count == 0
            ? $"Taking the KV cache up from {storage} brings the first token no sooner than computing it, at {WordFormat.List(gains.Select(gain => NumberFormat.Context(gain.ContextTokens)))}."
            : $"Taken up from {storage} instead of computed, the KV cache brings the first token {WordFormat.List(pays.Select(gain => $"{NumberFormat.Ratio(gain.Factor.Value)} times as soon at {NumberFormat.Context(gain.ContextTokens)}"))}.";
        if (gains.All(gain => gain.BreakEvenBytesPerSecond is not null) && gains.MaxBy(gain => gain.BreakEvenBytesPerSecond) is { } dearest)
            sentence += $" It pays at all of these contexts where more than {new ByteSize((long)dearest.BreakEvenBytesPerSecond!.Value)}/s are read (the break-even at {NumberFormat.Context(dearest.ContextTokens)}).";
        if (gains.Any(gain => gain.IsThroughPageCache))
            sentence += " The server reads what it saved through its page cache, where it may still have been: that speed is not its storage's.";
        yield return new Verdict(VerdictTopic.Resume, sentence, [.. gains.SelectMany(gain => gain.Trials).Order()]);
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
        return new ResumeGain(
            context, computed, resumed, RatioEstimator.EstimatePaired(resumed.Values, computed.Values, ConfidenceLevel), bytes,
            took > 0 ? bytes / took : null, left > 0 ? bytes / left : null,
            pairs.Any(pair => pair.Resumed!.Trial.Tier?.IsEmulated == true),
            pairs.Any(pair => pair.Resumed!.Trial.Tier?.BudgetBytes is null), [.. computed.Trials.Concat(resumed.Trials).Order()]);
    }

    private static MetricSummary Ttft(IEnumerable<TrialView> views) => MetricSummary.Summarize(views, view => view.Ttft?.TotalSeconds)!;
}
