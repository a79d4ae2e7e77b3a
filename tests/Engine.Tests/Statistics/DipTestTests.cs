using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Statistics;

public sealed class DipTestTests
{
    // Hartigan and Hartigan (1985), the quality of 63 statistics departments; their dip is 0.0595.
    private static readonly double[] s_departments =
    [
        30, 33, 35, 36, 37, 37, 39, 39, 39, 39, 39, 40, 40, 40, 40, 41, 42, 43, 43, 43, 44, 44, 45, 45, 46, 47, 47, 48, 48, 48, 49, 50,
        50, 51, 52, 52, 53, 53, 53, 53, 53, 54, 54, 57, 57, 59, 60, 60, 60, 61, 61, 61, 61, 62, 62, 62, 62, 63, 66, 70, 72, 72, 72,
    ];

    [Fact]
    public void ComputeDip_StatisticsDepartments_GivesThePublishedDip() => Assert.Equal(0.0595, DipTest.ComputeDip(s_departments), 4);

    // By hand: no sample is closer to a uniform distribution than n equally spaced values.
    [Fact]
    public void ComputeDip_EquallySpaced_IsTheLeastPossible() =>
        Assert.Equal(1 / 20.0, DipTest.ComputeDip(Enumerable.Range(0, 10).Select(i => (double)i)), 12);

    [Fact]
    public void ComputeDip_TwoTightGroups_NearsAQuarter() =>
        Assert.InRange(DipTest.ComputeDip(Enumerable.Range(0, 20).Select(i => (i % 2) + i * 1e-6)), 0.2, 0.25);

    [Fact]
    public void ComputeDip_OneGroupWithALongTail_IsNoSecondHump()
    {
        double[] skewed = [.. Enumerable.Range(1, 40).Select(i => -Math.Log(1 - i / 41.0))];
        Assert.True(DipTest.ComputePValue(DipTest.ComputeDip(skewed), skewed.Length) > 0.5);
    }

    [Theory]
    [InlineData(1.0, 1.0)]
    [InlineData(0.7, 1.3)]
    public void ComputeDip_ScaledAndShifted_IsTheSame(double factor, double shift) =>
        Assert.Equal(DipTest.ComputeDip(s_departments), DipTest.ComputeDip(s_departments.Select(value => -value * factor + shift)), 9);

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(20)]
    [InlineData(60)]
    public void NeverSignificant_AnySize_IsBelowWhatFivePercentTakes(int count) =>
        Assert.True(DipTest.ComputePValue(DipTest.MinSignificantDip(count), count) > 0.05);

    [Fact]
    public void P_UniformSamples_AreSeldomCalledBimodal()
    {
        var random = new Random(7);
        var called = Enumerable.Range(0, 60)
            .Count(_ => DipTest.ComputePValue(DipTest.ComputeDip(Enumerable.Range(0, 12).Select(_ => random.NextDouble())), 12) < 0.05);
        Assert.InRange(called, 0, 9);
    }
}
