using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Statistics;

public sealed class RatioEstimatorTests
{
    private static readonly double[] s_one = [100, 104, 98, 101, 99, 102, 103, 97];

    // Student's sleep data (Student, "The probable error of a mean", Biometrika 6 (1908)): extra hours of sleep with two drugs.
    private static readonly double[] s_dextro = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    private static readonly double[] s_laevo = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

    // The mean difference of the first seven pairs is 9/7; Student's quantile at 6 degrees of freedom is 2.4469.
    [Fact]
    public void Paired_FewerThanEight_IsStudentsInterval()
    {
        var ratio = RatioEstimator.EstimatePaired([.. s_dextro[..7].Select(Math.Exp)], [.. s_laevo[..7].Select(Math.Exp)], 0.95);
        Assert.Equal(9 / 7.0, Math.Log(ratio.Value), 9);
        Assert.Equal(0.605196, Math.Log(ratio.Interval!.Value.Low), 5);
        Assert.Equal(1.966233, Math.Log(ratio.Interval.Value.High), 5);
    }

    [Fact]
    public void Unpaired_FewerThanEight_IsWelchsInterval()
    {
        var ratio = RatioEstimator.EstimateUnpaired([.. s_dextro[..7].Select(Math.Exp)], [.. s_laevo[..7].Select(Math.Exp)], 0.95);
        Assert.Equal(9 / 7.0, Math.Log(ratio.Value), 9);
        Assert.Equal(-1.20584, Math.Log(ratio.Interval!.Value.Low), 4);
        Assert.Equal(3.77727, Math.Log(ratio.Interval.Value.High), 4);
    }

    // Of all ten pairs the smallest and the largest difference are trimmed: the mean is 1.4, and seven degrees of freedom are left.
    [Fact]
    public void Paired_EightOrMore_IsTheIntervalOfTheTrimmedMean()
    {
        var ratio = RatioEstimator.EstimatePaired([.. s_dextro.Select(Math.Exp)], [.. s_laevo.Select(Math.Exp)], 0.95);
        Assert.Equal(1.4, Math.Log(ratio.Value), 9);
        Assert.Equal(0.845086, Math.Log(ratio.Interval!.Value.Low), 5);
        Assert.Equal(1.954914, Math.Log(ratio.Interval.Value.High), 5);
    }

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
    public void Paired_FewPairs_GivesTheRangeOfTheirRatios()
    {
        var ratio = RatioEstimator.EstimatePaired([100, 100, 100, 100], [150, 100, 200, 120], 0.95);
        Assert.Equal(IntervalKind.Range, ratio.Kind);
        Assert.Equal(1, ratio.Interval!.Value.Low, 9);
        Assert.Equal(2, ratio.Interval.Value.High, 9);
    }

    [Fact]
    public void Paired_ValuesOfADamagedFile_GiveNoInterval() =>
        Assert.Null(RatioEstimator.EstimatePaired([1e-300, 1, 1, 1, 1], [1e300, 1, 1, 1, 1], 0.999).Interval);

    [Fact]
    public void Equivalence_SameWithinTheMargin_IsShownByEnoughValuesOnly()
    {
        double[] same = [.. s_one.Select(value => value * 1.001)];
        var ratio = RatioEstimator.EstimatePaired(s_one, same, EquivalenceTest.IntervalLevel);
        Assert.True(EquivalenceTest.IsShown(ratio, 0.02));
        Assert.False(EquivalenceTest.IsShown(ratio, 0.0005));
        Assert.False(EquivalenceTest.IsShown(RatioEstimator.EstimatePaired(s_one[..3], same[..3], EquivalenceTest.IntervalLevel), 0.02));
    }

    [Fact]
    public void Equivalence_NoisySamples_IsNotShown()
    {
        double[] other = [120, 85, 90, 115, 100, 108, 95, 104];
        Assert.False(EquivalenceTest.IsShown(RatioEstimator.EstimateUnpaired(s_one, other, EquivalenceTest.IntervalLevel), 0.02));
    }

    // An interval of equal systems excludes 1 about as often as its level says.
    [Fact]
    public void Unpaired_EqualSystems_ExcludesOneAsOftenAsTheLevelSays()
    {
        var random = new Random(11);
        double Draw() =>
            100 * Math.Exp(0.05 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        var excluded = 0;
        for (var i = 0; i < 1000; i++)
        {
            double[] a = [.. Enumerable.Range(0, 10).Select(_ => Draw())], b = [.. Enumerable.Range(0, 10).Select(_ => Draw())];
            if (!RatioEstimator.EstimateUnpaired(a, b, 0.95).Interval!.Value.Contains(1))
                excluded++;
        }
        Assert.InRange(excluded, 30, 70);
    }
}
