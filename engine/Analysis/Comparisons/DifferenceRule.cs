using MemoryWall.Analysis.Rules;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Comparisons;

/// <summary>The rule by which a ratio counts as a difference.</summary>
/// <param name="rules">The thresholds.</param>
/// <param name="ratios">How many ratios of the same comparison are judged, this one included: the confidence level holds for all
/// together.</param>
internal sealed class DifferenceRule(ComparisonRules rules, int ratios)
{
    /// <summary>The level of each ratio's interval.</summary>
    public double RatioLevel { get; } = 1 - (1 - rules.ConfidenceLevel) / Math.Max(1, ratios);

    /// <summary>The rule for a family of samples: those with enough pairs share the level.</summary>
    public static DifferenceRule ForFamily(ComparisonRules rules, IEnumerable<RatioSample> samples) =>
        new(rules, samples.Count(sample => sample.Pairs >= rules.MinPairs));

    /// <summary>Judges one ratio.</summary>
    /// <param name="sample">One observation a side or more.</param>
    /// <param name="margin">How far from 1 counts as equal, above 0; null to ask for a difference only.</param>
    public RatioFinding Judge(RatioSample sample, double? margin = null)
    {
        var (first, second, excluded) = Select(sample);
        var pairs = Math.Min(first.Count, second.Count);
        var (ofFirst, ofSecond) = (first.Count(HasInterference), second.Count(HasInterference));
        var withInterference = sample.IsInterleaved
            ? first.Zip(second).Count(pair => pair.First.HasInterference || pair.Second.HasInterference)
            : Math.Max(ofFirst, ofSecond);
        var isMostlyDisturbed = sample.IsInterleaved
            ? 2 * withInterference > pairs
            : 2 * ofFirst > first.Count || 2 * ofSecond > second.Count;
        var largest = (1 + rules.StartSpread) * (sample.IsInterleaved ? 1 : rules.MachineStateFactor)
            * (isMostlyDisturbed ? rules.MachineStateFactor : 1);
        var zone = new Interval(1 / largest, largest);
        var ratio = Estimate(first, second, sample.IsInterleaved, RatioLevel);
        var isEqual = margin is { } m
            && EquivalenceTest.IsShown(Estimate(first, second, sample.IsInterleaved, EquivalenceTest.IntervalLevel), m);
        return new RatioFinding
        {
            Ratio = ratio,
            Verdict = Classify(ratio, zone, pairs, isEqual),
            NoDifferenceZone = zone,
            Pairs = pairs,
            PairsWithInterference = withInterference,
            ExcludedPairs = excluded,
            IsInterleaved = sample.IsInterleaved,
            MissingPairs = Math.Max(0, rules.MinPairs - pairs),
        };
    }

    /// <summary>The rule for the changes of several quantities over the contexts of one level.</summary>
    public static DifferenceRule ForFamily(ComparisonRules rules, IEnumerable<TrendSample> samples) =>
        new(rules, samples.Count(sample => sample.Pairs >= (sample.HasMiddle ? rules.MinTrendRepetitions : rules.MinPairs)));

    /// <summary>
    /// Judges the change from the smallest to the largest context. Where there are contexts in between and the steps of a repetition ran
    /// close together, all contexts show how far single steps scatter, and a step that other work slowed is a stray. With few repetitions
    /// the order of all contexts must support the change too.
    /// </summary>
    public RatioFinding Judge(TrendSample sample)
    {
        if (!sample.HasMiddle)
            return Judge(sample.Ends);
        var clean = sample.WithoutInterference;
        var used = clean.Count > 0 && new TrendSample(clean, rules.MinPairedShare) is { } rest
            && (rest.FromTokens, rest.ToTokens, rest.HasMiddle) == (sample.FromTokens, sample.ToTokens, true)
            && rest.Pairs >= rules.MinPairs
                ? rest
                : sample;
        var isSupported = used.Pairs >= rules.MinPairs
            || used.Pairs >= rules.MinTrendRepetitions && used.OrderPValue() <= 1 - RatioLevel;
        if (!isSupported || used.EstimateRatio(RatioLevel) is not { } ratio)
            return Judge(sample.Ends);
        var finding = Judge(used.Ends) with { Ratio = ratio, MissingPairs = 0, ExcludedPairs = sample.Pairs - used.Pairs };
        return finding with { Verdict = Classify(ratio, finding.NoDifferenceZone, rules.MinPairs, isEqual: false) };
    }

    /// <summary>
    /// Judges a change from one run on, where every observation is the median of a run: the most likely place of a change has to be
    /// significant among all places, and the ratio of the runs after it to those before it beyond what days differ by.
    /// </summary>
    /// <param name="runs">One value a run, above 0, in the order of time.</param>
    /// <returns>The first run after the change with its ratio; null where none is shown.</returns>
    public (int Index, double PValue, RatioFinding Finding)? FindChange(IReadOnlyList<double> runs)
    {
        if (ChangePointTest.Find(runs, rules.MinPairs) is not { } change || change.PValue > rules.ChangeSignificance)
            return null;
        Observation[] before = [.. runs.Take(change.Index).Select(value => new Observation(value, HasInterference: false))];
        Observation[] after = [.. runs.Skip(change.Index).Select(value => new Observation(value, HasInterference: false))];
        var pairs = Math.Min(before.Length, after.Length);
        var ratio = Estimate(before, after, isPaired: false, RatioLevel);
        var zone = new Interval(1 / (1 + rules.MinRunChange), 1 + rules.MinRunChange);
        var finding = new RatioFinding
        {
            Ratio = ratio,
            Verdict = Classify(ratio, zone, pairs, isEqual: false),
            NoDifferenceZone = zone,
            Pairs = pairs,
            PairsWithInterference = 0,
            ExcludedPairs = 0,
            IsInterleaved = false,
            MissingPairs = 0,
        };
        return finding.IsDifference ? (change.Index, change.PValue, finding) : null;
    }

    // Pairs with interference are excluded only where enough others remain: the choice depends on the machine's load, not on the values.
    private (IReadOnlyList<Observation> First, IReadOnlyList<Observation> Second, int Excluded) Select(RatioSample sample)
    {
        if (sample.IsInterleaved)
        {
            var clean = sample.First.Zip(sample.Second).Where(pair => !pair.First.HasInterference && !pair.Second.HasInterference).ToList();
            return clean.Count < rules.MinPairs
                ? (sample.First, sample.Second, 0)
                : ([.. clean.Select(pair => pair.First)], [.. clean.Select(pair => pair.Second)], sample.Pairs - clean.Count);
        }
        var (first, second) = (sample.First.Where(IsClean).ToList(), sample.Second.Where(IsClean).ToList());
        return Math.Min(first.Count, second.Count) < rules.MinPairs
            ? (sample.First, sample.Second, 0)
            : (first, second, sample.Pairs - Math.Min(first.Count, second.Count));
    }

    private RatioVerdict Classify(Estimate ratio, Interval zone, int pairs, bool isEqual) => ratio switch
    {
        _ when pairs < rules.MinPairs || ratio is not { Kind: IntervalKind.Confidence, Interval: not null } => RatioVerdict.TooFew,
        _ when isEqual => RatioVerdict.Equivalent,
        { Interval: { } interval } when interval.High < zone.Low => RatioVerdict.Lower,
        { Interval: { } interval } when interval.Low > zone.High => RatioVerdict.Higher,
        _ => RatioVerdict.NoDifferenceShown,
    };

    private static Estimate Estimate(IReadOnlyList<Observation> first, IReadOnlyList<Observation> second, bool isPaired, double level)
    {
        double[] a = [.. first.Select(value => value.Value)], b = [.. second.Select(value => value.Value)];
        return isPaired ? RatioEstimator.EstimatePaired(a, b, level) : RatioEstimator.EstimateUnpaired(a, b, level);
    }

    private static bool HasInterference(Observation observation) => observation.HasInterference;

    private static bool IsClean(Observation observation) => !observation.HasInterference;
}
