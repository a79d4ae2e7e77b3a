using System.Text.Json.Serialization;
using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>The ratio of a quicker method's rates to computed ones at the same context of the same run.</summary>
/// <param name="Method">The quicker method.</param>
/// <param name="Reference">The reference: cold trials, or for synthetic depth an incremental pass where there are no cold trials.</param>
/// <param name="ContextTokens">The context.</param>
/// <param name="Prefill">
/// Prefill rate ÷ that of the reference, and whether it is a difference. With synthetic depth both are rates of the last batch. Absent
/// where one of them is unknown.
/// </param>
/// <param name="Generation">Generation rate ÷ that of the reference, and whether it is a difference; absent where one of them is
/// unknown.</param>
/// <param name="Trials">The trials that it rests on.</param>
public sealed record MethodAgreement(
    SweepMethod Method, [property: JsonPropertyName("referee")] SweepMethod Reference, int ContextTokens, RatioFinding? Prefill,
    RatioFinding? Generation, IReadOnlyList<int> Trials)
{
    /// <summary>Prefill rate ÷ that of the reference; absent where one of them is unknown.</summary>
    public double? PrefillRatio => Prefill?.Ratio.Value;

    /// <summary>Generation rate ÷ that of the reference; absent where one of them is unknown.</summary>
    public double? GenerationRatio => Generation?.Ratio.Value;

    /// <summary>Every comparison that a run allows, by method and context.</summary>
    /// <param name="views">The run's trials.</param>
    /// <param name="marks">Their marks by number, for the rate of the reference at a depth; without them the prefill of synthetic depth is
    /// not compared.</param>
    /// <param name="rules">When a ratio counts as a difference.</param>
    internal static IReadOnlyList<MethodAgreement> Compute(IReadOnlyList<TrialView> views,
        IReadOnlyDictionary<int, IReadOnlyList<StreamMark>> marks, ComparisonRules rules)
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
            select Collect([.. quick], [.. measured[(referee, quick.Key.ContextTokens)]], marks, rules);
        var collected = agreements.ToList();
        var rule = DifferenceRule.ForFamily(rules,
            collected.SelectMany(samples => new[] { samples.Prefill, samples.Generation }).OfType<RatioSample>());
        return [.. collected.Select(samples => samples.Judge(rule))];
    }

    private static Samples Collect(IReadOnlyList<TrialView> quick, IReadOnlyList<TrialView> reference,
        IReadOnlyDictionary<int, IReadOnlyList<StreamMark>> marks, ComparisonRules rules)
    {
        var isSynthetic = quick[0].Trial.Method == SweepMethod.SyntheticDepth;
        var skipped = quick[0].Trial.SkippedPromptTokens;
        RatioSample? Ratio(Func<TrialView, double?> ofQuick, Func<TrialView, double?> ofReference)
        {
            var (first, second) = (Observe(reference, ofReference), Observe(quick, ofQuick));
            return first.Length == 0 || second.Length == 0 ? null : RatioSample.FromTimes(first, second, rules.MinPairedShare);
        }
        return new Samples(quick, reference,
            isSynthetic
                ? Ratio(view => view.PrefillRateAtDepth?.PerSecond,
                    view => PrefillCurve.RateAtDepth(marks.GetValueOrDefault(view.Trial.Number), skipped, view.Trial.ContextTokens))
                : Ratio(view => view.PrefillRate?.PerSecond, view => view.PrefillRate?.PerSecond),
            Ratio(view => view.GenerationRate?.PerSecond, view => view.GenerationRate?.PerSecond));
    }

    private static Observation[] Observe(IReadOnlyList<TrialView> views, Func<TrialView, double?> rate) =>
    [
        .. views.Select(view => (View: view, Rate: rate(view))).Where(entry => entry.Rate > 0)
            .Select(entry => new Observation(entry.Rate!.Value, entry.View.Has<Interference>(),
                entry.View.Trial.Number)),
    ];

    private sealed record Samples(IReadOnlyList<TrialView> Quick, IReadOnlyList<TrialView> Reference, RatioSample? Prefill,
        RatioSample? Generation)
    {
        public MethodAgreement Judge(DifferenceRule rule) => new(
            Quick[0].Trial.Method, Reference[0].Trial.Method, Quick[0].Trial.ContextTokens, Prefill is null ? null : rule.Judge(Prefill),
            Generation is null ? null : rule.Judge(Generation), [.. Quick.Concat(Reference).Select(view => view.Trial.Number)]);
    }
}
