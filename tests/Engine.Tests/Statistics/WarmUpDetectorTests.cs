using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Statistics;

public sealed class WarmUpDetectorTests
{
    // By hand: without the first value the mean is 10 and Σ(x − 10)² = 0.1, over 5² values.
    [Fact]
    public void StandardError_ByHand_IsTheMarginalOne() =>
        Assert.Equal(0.1 / 25, WarmUpDetector.SquaredMarginalStandardError([3, 10, 10.2, 9.8, 10.1, 9.9], 1), 12);

    [Theory]
    [InlineData(new[] { 3.0, 10, 10.2, 9.8, 10.1, 9.9 }, 1)]
    [InlineData(new[] { 3.0, 6, 10.2, 9.8, 10.1, 9.9, 10, 10.05 }, 2)]
    [InlineData(new[] { 10.0, 10.2, 9.8, 10.1, 9.9, 10.05 }, 0)]
    [InlineData(new[] { 10.0, 10.2, 9.8, 10.1, 9.9, 3 }, 0)]
    [InlineData(new[] { 5.0, 5, 5, 5, 5 }, 0)]
    public void Length_ShortSeries_NamesOnlyWhatStandsApart(double[] series, int expected) =>
        Assert.Equal(expected, WarmUpDetector.DetectLength(series));

    [Fact]
    public void Length_FourValues_TellsNothing() => Assert.Null(WarmUpDetector.DetectLength([1, 9, 9, 9]));

    [Fact]
    public void Length_NoiseAlone_IsSeldomCalledAWarmUp()
    {
        var random = new Random(5);
        var named = Enumerable.Range(0, 1000)
            .Count(_ =>
                WarmUpDetector.DetectLength(
                    [.. Enumerable.Range(0, 12).Select(_ => random.NextDouble() + random.NextDouble() + random.NextDouble())]) > 0);
        Assert.InRange(named, 0, 60);
    }
}
