using CsCheck;
using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Statistics;

public sealed class QuantilesTests
{
    // NIST/SEMATECH e-Handbook of Statistical Methods, 7.2.6.2 Percentiles: gauge study data. Its text gives 95.1957 as the 90th percentile
    // by the method at 1 + p(N − 1), which the engine uses.
    private static readonly double[] s_gauge =
        [95.1772, 95.1567, 95.1937, 95.1959, 95.1442, 95.0610, 95.1591, 95.1195, 95.1065, 95.0925, 95.1990, 95.1682];

    [Fact]
    public void Quantile_NistGaugeStudy_GivesThePublishedValue() => Assert.Equal(95.1957, Quantiles.Quantile(s_gauge, 0.9), 4);

    [Theory]
    [InlineData(0.25, 25.5)]
    [InlineData(0.5, 40)]
    [InlineData(0.75, 42.5)]
    [InlineData(0, 6)]
    [InlineData(1, 49)]
    public void Quantile_QuartilesOfTheTextbookExample_MatchType7(double p, double expected) =>
        Assert.Equal(expected, Quantiles.Quantile([15, 6, 7, 49, 36, 39, 47, 40, 41, 42, 43], p), 12);

    [Theory]
    [InlineData(new[] { 3.0 }, 3, 3)]
    [InlineData(new[] { 4.0, 1 }, 2.5, 2)]
    [InlineData(new[] { 9.0, 1, 2 }, 2, 2)]
    public void Median_FewValues_IsTheMiddle(double[] sample, double median, double geometric)
    {
        Assert.Equal(median, Quantiles.Median(sample), 12);
        Assert.Equal(geometric, Quantiles.GeometricMedian(sample), 12);
    }

    [Fact]
    public void Any_EmptySample_IsACallersBug()
    {
        Assert.Throws<ArgumentException>(() => Quantiles.Median([]));
        Assert.Throws<ArgumentException>(() => Quantiles.GeometricMedian([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Quantiles.Quantile([1], 1.1));
    }

    [Fact]
    public void Quantile_AnySample_StaysInsideAndRises() =>
        Gen.Select(Gen.Double[-1e6, 1e6].Array[1, 30], Gen.Double[0, 1], Gen.Double[0, 1]).Sample((sample, a, b) =>
    {
        var (low, high) = (Quantiles.Quantile(sample, Math.Min(a, b)), Quantiles.Quantile(sample, Math.Max(a, b)));
        return low <= high + 1e-6 && low >= sample.Min() && high <= sample.Max();
    });
}
