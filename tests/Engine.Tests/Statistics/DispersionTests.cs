using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Statistics;

public sealed class DispersionTests
{
    [Fact]
    public void MedianAbsoluteDeviation_TextbookExample_IsOne() =>
        Assert.Equal(1, Dispersion.MedianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9]));

    [Fact]
    public void Outliers_OneFarValue_IsNamedByItsPlace() =>
        Assert.Equal([3], Dispersion.FindOutliers([10, 10.1, 9.9, 14, 10.05, 9.95, 10.02]));

    [Fact]
    public void Outliers_MostValuesEqual_TheOtherOneIsStillFound() =>
        Assert.Equal([5], Dispersion.FindOutliers([7, 7, 7, 7, 7, 9, 7]));

    [Theory]
    [InlineData(new[] { 1.0, 1, 1, 100 })]
    [InlineData(new[] { 5.0, 5, 5, 5, 5, 5 })]
    [InlineData(new[] { 1.0, 2, 3, 4, 5, 6, 7 })]
    public void Outliers_TooFewAllEqualOrEvenlySpread_AreNone(double[] sample) => Assert.Empty(Dispersion.FindOutliers(sample));

    // The textbook's limit of 3.5 would find an outlier in every fifth of these samples of 5.
    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(20)]
    public void Outliers_NormalSamples_AreSeldomSaidToHaveOne(int count)
    {
        var random = new Random(count);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var said = Enumerable.Range(0, 2000)
            .Count(_ => Dispersion.FindOutliers([.. Enumerable.Range(0, count).Select(_ => Normal())]).Count > 0);
        Assert.InRange(said, 8, 36);
    }

    [Fact]
    public void FarthestChance_FarAndNear_IsSmallAndLarge()
    {
        Assert.True(Dispersion.MaxScorePValue([10, 10.1, 9.9, 14, 10.05, 9.95, 10.02]) < 0.001);
        Assert.True(Dispersion.MaxScorePValue([10, 10.1, 9.9, 10.2, 10.05, 9.95, 10.02]) > 0.2);
        Assert.Equal(1, Dispersion.MaxScorePValue([1, 1, 1, 100]));
    }

    [Fact]
    public void Relative_OneValueOrMedianOfZero_IsAbsent()
    {
        Assert.Null(Dispersion.RobustCoefficientOfVariation([4]));
        Assert.Null(Dispersion.RobustCoefficientOfVariation([-1, 0, 1]));
    }
}
