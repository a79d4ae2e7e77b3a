using System.Globalization;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;

namespace MemoryWall.Analysis;

/// <summary>How the figures of a quicker method lie against computed ones at the same context of the same run.</summary>
/// <param name="Method">The quicker method.</param>
/// <param name="Reference">What it is held against: cold trials, or for the sampled method a depth pass where there are none.</param>
/// <param name="ContextTokens">The context.</param>
/// <param name="PrefillRatio">
/// Median prefill rate over that of the referee. Of the sampled method it is the rate of its one batch, over the referee's at the same
/// tokens. Absent where one of the two is not known.
/// </param>
/// <param name="GenerationRatio">Median generation rate over that of the referee; absent where one of the two is not known.</param>
/// <param name="Trials">The trials that it rests on.</param>
public sealed record MethodAgreement(
    SweepMethod Method, SweepMethod Reference, int ContextTokens, double? PrefillRatio, double? GenerationRatio, IReadOnlyList<int> Trials)
{
    /// <summary>Every comparison that a run allows, by method and context.</summary>
    /// <param name="views">The run's trials.</param>
    /// <param name="marks">Their marks by number, for the referee's rate at a depth; without them the sampled method's prefill is compared
    /// with nothing.</param>
    public static IReadOnlyList<MethodAgreement> Compute(IReadOnlyList<TrialView> views,
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

    /// <summary>One verdict for each method and its referee.</summary>
    internal static IEnumerable<Verdict> CreateVerdicts(IEnumerable<MethodAgreement> agreements) => agreements
        .GroupBy(agreement => (agreement.Method, Referee: agreement.Reference))
        .Select(group => new Verdict(
            VerdictTopic.Agreement,
            $"Against {(group.Key.Referee == SweepMethod.Cold ? "cold trials" : "a depth pass")} at {WordFormat.List(group.Select(at => NumberFormat.Context(at.ContextTokens)))}, the {(group.Key.Method == SweepMethod.SyntheticDepth ? "sampled pass" : group.Key.Method.Label())} is off by {DescribeDeviation("prefill", group, at => at.PrefillRatio)} and {DescribeDeviation("generation", group, at => at.GenerationRatio)}.",
            [.. group.SelectMany(agreement => agreement.Trials).Distinct().Order()]));

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

    private static string DescribeDeviation(string phase, IEnumerable<MethodAgreement> agreements, Func<MethodAgreement, double?> ratio)
    {
        var known = agreements.Select(ratio).OfType<double>().ToList();
        return known.Count == 0
            ? $"an unknown amount in {phase}"
            : $"{WordFormat.List(known.Select(value => ((value - 1) * 100).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) + "%"))} in {phase}";
    }
}
