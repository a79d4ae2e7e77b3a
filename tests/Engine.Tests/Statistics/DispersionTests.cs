using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Statistics;

public sealed class DispersionTests
{
    [Fact]
    public void MedianAbsoluteDeviation_TextbookExample_IsOne() =>
        Assert.Equal(1, Dispersion.MedianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9]));

    [Fact]
    public void Outliers_OneFarValue_IsNamedByItsPlace() =>
        Assert.Equal([3], Dispersion.Outliers([10, 10.1, 9.9, 14, 10.05, 9.95, 10.02]));

    [Fact]
    public void Outliers_MostValuesEqual_TheOtherOneIsStillFound() =>
        Assert.Equal([5], Dispersion.Outliers([7, 7, 7, 7, 7, 9, 7]));

    [Theory]
    [InlineData(new[] { 1.0, 1, 1, 100 })]
    [InlineData(new[] { 5.0, 5, 5, 5, 5, 5 })]
    [InlineData(new[] { 1.0, 2, 3, 4, 5, 6, 7 })]
    public void Outliers_TooFewAllEqualOrEvenlySpread_AreNone(double[] sample) => Assert.Empty(Dispersion.Outliers(sample));

    [Fact]
    public void Relative_OneValueOrMedianOfZero_IsAbsent()
    {
        Assert.Null(Dispersion.Relative([4]));
        Assert.Null(Dispersion.Relative([-1, 0, 1]));
    }
}
