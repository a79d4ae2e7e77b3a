using System.Text.Json.Serialization;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>The ratio of a quicker method's rates to computed ones at the same context of the same run.</summary>
/// <param name="Method">The quicker method.</param>
/// <param name="Reference">The reference: cold trials, or for synthetic depth an incremental pass where there are no cold trials.</param>
/// <param name="ContextTokens">The context.</param>
/// <param name="PrefillRatio">
/// Median prefill rate divided by that of the reference. With synthetic depth both are rates of the last batch. Absent where one of them is
/// unknown.
/// </param>
/// <param name="GenerationRatio">Median generation rate divided by that of the reference; absent where one of them is unknown.</param>
/// <param name="Trials">The trials that it rests on.</param>
public sealed record MethodAgreement(
    SweepMethod Method, [property: JsonPropertyName("referee")] SweepMethod Reference, int ContextTokens, double? PrefillRatio,
    double? GenerationRatio, IReadOnlyList<int> Trials)
{
    /// <summary>Every comparison that a run allows, by method and context.</summary>
    /// <param name="views">The run's trials.</param>
    /// <param name="marks">Their marks by number, for the rate of the reference at a depth; without them the prefill of synthetic depth is
    /// not compared.</param>
    internal static IReadOnlyList<MethodAgreement> Compute(IReadOnlyList<TrialView> views,
        IReadOnlyDictionary<int, IReadOnlyList<StreamMark>> marks)
    {
        ArgumentNullException.ThrowIfNull(views);
        ArgumentNullException.ThrowIfNull(marks);
        var measured = views.Where(
            view => view.Trial is { Outcome: Completed, Concurrency: 1 } && !view.Trial.Flags.HasFlag(TrialFlags.Warmup))
            .ToLookup(view => (view.Trial.Method, view.Trial.ContextTokens));
        var agreements =
            from quick in measured
            where quick.Key.Method is SweepMethod.IncrementalDepth or SweepMethod.SyntheticDepth
            orderby quick.Key
            from referee in new[] { SweepMethod.Cold, SweepMethod.IncrementalDepth }.Where(
                method => method < quick.Key.Method && measured.Contains((method, quick.Key.ContextTokens))).Take(1)
            select Compute([.. quick], [.. measured[(referee, quick.Key.ContextTokens)]], marks);
        return [.. agreements];
    }

    private static MethodAgreement Compute(IReadOnlyList<TrialView> quick, IReadOnlyList<TrialView> reference,
        IReadOnlyDictionary<int, IReadOnlyList<StreamMark>> marks)
    {
        var isSampled = quick[0].Trial.Method == SweepMethod.SyntheticDepth;
        var prefill = isSampled
            ? Ratio(quick, view => view.PrefillRateAtDepth?.PerSecond, reference,
                view => PrefillCurve.RateAtDepth(marks.GetValueOrDefault(view.Trial.Number), quick[0].Trial.SkippedPromptTokens,
                    view.Trial.ContextTokens))
            : Ratio(quick, view => view.PrefillRate?.PerSecond, reference, view => view.PrefillRate?.PerSecond);
        return new MethodAgreement(
            quick[0].Trial.Method, reference[0].Trial.Method, quick[0].Trial.ContextTokens, prefill,
            Ratio(quick, view => view.GenerationRate?.PerSecond, reference, view => view.GenerationRate?.PerSecond),
            [.. quick.Concat(reference).Select(view => view.Trial.Number)]);
    }

    private static double? Ratio(IReadOnlyList<TrialView> quick, Func<TrialView, double?> rate, IReadOnlyList<TrialView> reference,
        Func<TrialView, double?> referenceRate) =>
        MetricSummary.Summarize(quick, rate)?.Median / MetricSummary.Summarize(reference, referenceRate)?.Median;
}
