using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Statistics;

public sealed class RatioEstimatorTests
{
    private static readonly double[] s_one = [100, 104, 98, 101, 99, 102, 103, 97];

    [Fact]
    public void Paired_SharedDisturbance_DoesNotHideTheRatio()
    {
        // The machine is at times up to three times slower, which affects both trials of a pair.
        double[] mood = [1, 3, 1.2, 2.5, 1, 1.7, 2.2, 1.1];
        double[] a = [.. mood.Select(factor => 100 / factor)];
        double[] b = [.. a.Select((value, i) => value * (1.10 + 0.001 * i))];
        var ratio = RatioEstimator.EstimatePaired(a, b, 0.95);
        Assert.Equal(1.1035, ratio.Value, 0.001);
        Assert.True(ratio.Interval!.Value is { Low: > 1.09, High: < 1.11 });
        Assert.True(RatioEstimator.EstimateUnpaired(a, b, 0.95).Interval!.Value.Contains(1));
    }

    [Fact]
    public void Unpaired_FewValues_GivesTheRangeOfWhatWasSeen()
    {
        var ratio = RatioEstimator.EstimateUnpaired([100, 110], [200, 220], 0.95);
        Assert.Equal(IntervalKind.Range, ratio.Kind);
        Assert.Equal(200 / 110.0, ratio.Interval!.Value.Low, 12);
        Assert.Equal(2.2, ratio.Interval!.Value.High, 12);
    }

    [Fact]
    public void Estimate_SameWithinTheMargin_IsEquivalentAndWithoutAMarginNoDifference()
    {
        double[] same = [.. s_one.Select(value => value * 1.001)];
        var (wide, narrow) = (RatioEstimator.EstimatePaired(s_one, same, 0.95), RatioEstimator.EstimatePaired(s_one, same, 0.90));
        Assert.Equal(RatioVerdict.Equivalent, EquivalenceTest.Classify(wide, narrow, 0.02));
        Assert.Equal(RatioVerdict.Higher, EquivalenceTest.Classify(wide, narrow, null));
        Assert.Equal(RatioVerdict.Higher, EquivalenceTest.Classify(wide, narrow, 0.0005));
    }

    [Fact]
    public void Estimate_NoisySamples_ShowNoDifferenceAndNoSameness()
    {
        double[] other = [120, 85, 90, 115, 100, 108, 95, 104];
        var verdict = EquivalenceTest.Classify(RatioEstimator.EstimateUnpaired(s_one, other, 0.95),
            RatioEstimator.EstimateUnpaired(s_one, other, 0.90), 0.02);
        Assert.Equal(RatioVerdict.NoDifferenceShown, verdict);
    }

    [Theory]
    [InlineData(new[] { 100.0 }, new[] { 200.0 })]
    [InlineData(new[] { 100.0, 101, 102 }, new[] { 200.0, 201, 202 })]
    public void Estimate_TooFewValues_SaysSoHoweverFarApart(double[] a, double[] b) =>
        Assert.Equal(RatioVerdict.TooFew,
            EquivalenceTest.Classify(RatioEstimator.EstimateUnpaired(a, b, 0.95), RatioEstimator.EstimateUnpaired(a, b, 0.90), 0.02));

    // A difference of 0 may be called a difference about as rarely as the level says.
    [Fact]
    public void Estimate_ManyPairsOfEqualSystems_SeldomShowADifference()
    {
        var random = new Random(11);
        double Draw() =>
            100 * Math.Exp(0.05 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        var shown = 0;
        for (var i = 0; i < 1000; i++)
        {
            double[] a = [.. Enumerable.Range(0, 10).Select(_ => Draw())], b = [.. Enumerable.Range(0, 10).Select(_ => Draw())];
            if (EquivalenceTest.Classify(RatioEstimator.EstimateUnpaired(a, b, 0.95), RatioEstimator.EstimateUnpaired(a, b, 0.90),
                null) is RatioVerdict.Lower or RatioVerdict.Higher)
                shown++;
        }
        Assert.InRange(shown, 5, 80);
    }
}
