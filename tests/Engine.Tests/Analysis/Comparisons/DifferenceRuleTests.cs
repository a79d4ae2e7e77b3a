using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Rules;
using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Analysis.Comparisons;

public sealed class DifferenceRuleTests
{
    private static readonly ComparisonRules s_rules = new();

    // Pairs of equal systems with a few per cent of noise.
    private static readonly double[] s_first = [100, 104, 98, 101, 97, 103, 99, 102], s_second = [101, 102, 99, 103, 98, 101, 100, 100];

    private static RatioSample Paired(int count, double factor, params int[] disturbed) => RatioSample.FromPairs(
        Enumerable.Range(0, count)
            .Select(i => (new Observation(s_first[i], disturbed.Contains(i)), new Observation(s_second[i] * factor, false))));

    private static RatioSample Sequential(int count, double factor, bool isDisturbed = false) => RatioSample.FromTimes(
        [.. s_first[..count].Select((value, i) => new Observation(value, isDisturbed, i))],
        [.. s_second[..count].Select((value, i) => new Observation(value * factor, false, 100 + i))], s_rules.MinPairedShare);

    private static RatioFinding Judge(RatioSample sample, int ratios = 1, double? margin = null) =>
        new DifferenceRule(s_rules, ratios).Judge(sample, margin);

    [Theory]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    public void Judge_FewPairs_SaysHowManyAreMissingHoweverFarApart(int pairs, int missing)
    {
        var finding = Judge(Paired(pairs, 10));
        Assert.Equal((RatioVerdict.TooFew, missing, pairs), (finding.Verdict, finding.MissingPairs, finding.Pairs));
        Assert.Equal(10, finding.Ratio.Value, 0.2);
        Assert.False(finding.IsDifference);
    }

    [Fact]
    public void Judge_FivePairsFarApart_IsADifferenceInItsDirection()
    {
        Assert.Equal(RatioVerdict.Higher, Judge(Paired(5, 1.5)).Verdict);
        Assert.Equal(RatioVerdict.Lower, Judge(Paired(5, 1 / 1.5)).Verdict);
        Assert.Equal(0, Judge(Paired(5, 1.5)).MissingPairs);
    }

    // The interval of eight steady pairs excludes 1 at a ratio of 1.04, and so does that of one server started twice.
    [Fact]
    public void Judge_LessThanTwoStartsDiffer_IsNoDifference()
    {
        var finding = Judge(Paired(8, 1.04));
        Assert.False(finding.Ratio.Interval!.Value.Contains(1));
        Assert.Equal(RatioVerdict.NoDifferenceShown, finding.Verdict);
    }

    [Fact]
    public void Judge_OneAfterTheOther_IsADifferenceOnlyBeyondWhatTheMachineCanMake()
    {
        Assert.False(Judge(Sequential(8, 1.8)).IsInterleaved);
        Assert.Equal(RatioVerdict.NoDifferenceShown, Judge(Sequential(8, 1.8)).Verdict);
        Assert.Equal(RatioVerdict.Higher, Judge(Sequential(8, 3)).Verdict);
        // The side with other work on the machine can be slower by that factor once more.
        Assert.Equal(RatioVerdict.NoDifferenceShown, Judge(Sequential(8, 3, isDisturbed: true)).Verdict);
    }

    [Fact]
    public void Judge_MostPairsWithInterference_IsADifferenceOnlyBeyondWhatTheMachineCanMake()
    {
        var finding = Judge(Paired(5, 1.5, 0, 1, 2));
        Assert.Equal((RatioVerdict.NoDifferenceShown, 3), (finding.Verdict, finding.PairsWithInterference));
        Assert.Equal(RatioVerdict.Higher, Judge(Paired(5, 3, 0, 1, 2)).Verdict);
    }

    [Fact]
    public void Judge_InterferenceAndEnoughOtherPairs_IsLeftOut()
    {
        var finding = Judge(Paired(8, 1.5, 0, 7));
        Assert.Equal((6, 0, 2), (finding.Pairs, finding.PairsWithInterference, finding.ExcludedPairs));
        // Without five others they count.
        Assert.Equal((6, 2, 0), (Judge(Paired(6, 1.5, 0, 5)).Pairs, Judge(Paired(6, 1.5, 0, 5)).PairsWithInterference,
            Judge(Paired(6, 1.5, 0, 5)).ExcludedPairs));
    }

    [Fact]
    public void Judge_ManyRatios_EachGetsItsShareOfTheLevel()
    {
        Assert.Equal(0.95, Judge(Paired(5, 1.5)).Ratio.Level!.Value, 12);
        Assert.Equal(0.995, Judge(Paired(5, 1.5), ratios: 10).Ratio.Level!.Value, 12);
        Assert.True(Judge(Paired(5, 1.5), ratios: 10).Ratio.Interval!.Value.Low < Judge(Paired(5, 1.5)).Ratio.Interval!.Value.Low);
    }

    [Fact]
    public void Judge_Margin_ShowsEqualityWithEnoughPairsOnly()
    {
        Assert.Equal(RatioVerdict.Equivalent, Judge(Paired(8, 1), margin: 0.03).Verdict);
        Assert.Equal(RatioVerdict.NoDifferenceShown, Judge(Paired(8, 1), margin: 0.001).Verdict);
        Assert.Equal(RatioVerdict.TooFew, Judge(Paired(3, 1), margin: 0.03).Verdict);
    }

    [Fact]
    public void FromTimes_TrialWithoutPartner_IsNotUsedAndTheOthersStayPaired()
    {
        Observation At(double value, int time) => new(value, false, time);
        var sample = RatioSample.FromTimes([At(1, 0), At(2, 2), At(3, 3), At(4, 6), At(5, 8)], [At(10, 1), At(30, 4), At(40, 7), At(50, 9)],
            s_rules.MinPairedShare);
        Assert.True(sample.IsInterleaved);
        Assert.Equal([1, 3, 4, 5], sample.First.Select(value => value.Value));
        Assert.Equal([10, 30, 40, 50], sample.Second.Select(value => value.Value));
    }

    // A rate at four contexts, in repetitions that differ by a few per cent.
    private static TrendSample Trend(int repetitions, Func<int, int, double> rate, int contexts = 4) => new(
        [.. from repetition in Enumerable.Range(0, repetitions)
            from context in Enumerable.Range(0, contexts)
            select new TrendPoint(repetition, 1024 << context,
                new Observation(s_first[(repetition + 3 * context) % 8] * rate(repetition, context), false,
                    repetition * contexts + context))],
        s_rules.MinPairedShare);

    private static RatioFinding Judge(TrendSample sample) => DifferenceRule.ForFamily(s_rules, [sample, sample]).Judge(sample);

    [Fact]
    public void JudgeTrend_ThreeRepetitionsInTheSameOrder_IsAChangeOfItsSize()
    {
        var finding = Judge(Trend(3, (_, context) => Math.Pow(6, -context / 3.0)));
        Assert.Equal((RatioVerdict.Lower, 0, 3), (finding.Verdict, finding.MissingPairs, finding.Pairs));
        Assert.True(finding.Ratio.Interval!.Value.Contains(1 / 6.0));
    }

    // Two values differ in a machine of two states, and nothing between them shows that it is the context.
    [Fact]
    public void JudgeTrend_ThreeRepetitionsOfTwoContextsOrTwoOfFour_NeedFive()
    {
        Assert.Equal((RatioVerdict.TooFew, 2), (Judge(Trend(3, (_, context) => 1 + 5 * context, contexts: 2)) is var two
            ? (two.Verdict, two.MissingPairs) : default));
        Assert.Equal(RatioVerdict.TooFew, Judge(Trend(2, (_, context) => Math.Pow(6, -context / 3.0))).Verdict);
    }

    [Fact]
    public void JudgeTrend_ThreeRepetitionsWithoutAnOrder_NeedFive()
    {
        var finding = Judge(Trend(3, (repetition, context) => context == (repetition + 1) % 4 ? 3 : 1));
        Assert.Equal((RatioVerdict.TooFew, 2), (finding.Verdict, finding.MissingPairs));
    }

    // Other work slows the end of one repetition and the beginning of the next, and nothing reports it.
    [Fact]
    public void JudgeTrend_BurstOverPartsOfRepetitions_DoesNotHideTheChange()
    {
        double Rate(int repetition, int context) =>
            (context == 3 ? 1.5 : 1) / ((repetition, context) is (1, 3) or (2, 0) or (2, 1) ? 2.5 : 1);
        Assert.Equal(RatioVerdict.Higher, Judge(Trend(5, Rate)).Verdict);
        Assert.Equal(RatioVerdict.NoDifferenceShown, Judge(Trend(5, Rate).Ends is var ends ? ends : null!).Verdict);
        Assert.Equal(RatioVerdict.NoDifferenceShown,
            Judge(Trend(5, (repetition, context) => Rate(repetition, context) / (context == 3 ? 1.5 : 1))).Verdict);
    }

    [Fact]
    public void Combine_Contexts_AreNoRepetitions()
    {
        var all = RatioSample.Combine([.. Enumerable.Range(0, 6).Select(_ => Paired(1, 2))]);
        Assert.Equal((RatioVerdict.TooFew, 1), (Judge(all).Verdict, Judge(all).Pairs));
        Assert.Equal(2, Judge(RatioSample.Combine([Paired(8, 1), Paired(8, 4)])).Ratio.Value, 0.05);
    }
}
