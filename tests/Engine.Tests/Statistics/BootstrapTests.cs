using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Statistics;

public sealed class BootstrapTests
{
    // Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), tables 2.1 and 2.2: survival of seven treated mice. With infinitely
    // many resamples the standard error of the mean is 23.36 and of the median 37.83.
    private static readonly double[] s_mice = [94, 197, 16, 38, 99, 141, 23];

    [Fact]
    public void Distribution_MouseData_GivesThePublishedStandardErrors()
    {
        Assert.Equal(23.36, Deviation(Bootstrap.Resample([s_mice], resampled => resampled[0].Average(), 20_000)), 0.4);
        Assert.Equal(37.83, Deviation(Bootstrap.Resample([s_mice], resampled => Bootstrap.MedianInPlace(resampled[0]), 20_000)), 0.6);
    }

    [Fact]
    public void Median_SameSample_SameInterval() => Assert.Equal(Bootstrap.EstimateMedian(s_mice), Bootstrap.EstimateMedian(s_mice));

    [Theory]
    [InlineData(1, IntervalKind.None)]
    [InlineData(2, IntervalKind.Range)]
    [InlineData(4, IntervalKind.Range)]
    [InlineData(5, IntervalKind.Confidence)]
    public void Median_BySize_SaysWhatItsIntervalIs(int count, IntervalKind kind)
    {
        var sample = s_mice[..count];
        var estimate = Bootstrap.EstimateMedian(sample);
        Assert.Equal(kind, estimate.Kind);
        Assert.Equal(count, estimate.Count);
        if (kind == IntervalKind.Range)
            Assert.Equal(new Interval(sample.Min(), sample.Max()), estimate.Interval);
    }

    // Coverage: about 95% of the intervals of many samples contain the known median. Rates are skewed, so a skewed
    // source is tried too.
    [Theory]
    [InlineData(5, false)]
    [LongData(6, false)]
    [LongData(7, false)]
    [LongData(8, false)]
    [LongData(10, false)]
    [LongData(20, false)]
    [InlineData(5, true)]
    [LongData(6, true)]
    [LongData(8, true)]
    [LongData(10, true)]
    [LongData(20, true)]
    public void Median_ManySamples_HoldTheTrueMedianAsOftenAsPromised(int count, bool skewed)
    {
        var random = new Random(count);
        const int samples = 800;
        var held = 0;
        for (var i = 0; i < samples; i++)
        {
            var sample = Enumerable.Range(0, count).Select(_ => Normal(random)).Select(z => skewed ? Math.Exp(z) : z).ToList();
            if (Bootstrap.EstimateMedian(sample).Interval!.Value.Contains(skewed ? 1 : 0))
                held++;
        }
        Assert.InRange(held / (double)samples, 0.92, 0.995);
    }

    // The interval of 5 values is at most their range, which contains the median unless all values are on one side of it:
    // 1 − 2·(1/2)⁵.
    [Theory]
    [InlineData(5, 0.9375)]
    [InlineData(6, 0.95)]
    [InlineData(7, 0.95)]
    public void Median_FewValues_NamesTheLevelThatTheyAllow(int count, double level) =>
        Assert.Equal(level, Bootstrap.EstimateMedian(s_mice[..count]).Level!.Value, 12);

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double Deviation(double[] values) => Math.Sqrt(values.Average(value => Math.Pow(value - values.Average(), 2)));
}
