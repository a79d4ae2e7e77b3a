using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Statistics;

public sealed class RankTestsTests
{
    // J. Little, College of the Holy Cross, "A Mann-Kendall Example (By Hand)": S = 54, one pair of equal values, Z = 2.9058, one-sided p
    // about .0018.
    private static readonly double[] s_byHand = [12.9, 14.8, 13.2, 15.7, 13.8, 15.6, 12.9, 11.0, 17.3, 15.9, 19.0, 18.3, 20.1, 21.7];

    [Fact]
    public void MannKendall_ByHandExample_GivesThePublishedFigures()
    {
        var trend = MannKendallTest.Compute(s_byHand);
        Assert.Equal(54, trend.S);
        Assert.Equal(2.9058, MannKendallTest.ComputeZ(14, 54, [2]), 4);
        Assert.Equal(0.0018, trend.PValue / 2, 4);
    }

    // Gilbert (1987), 16.4.1: 10, 15, 14, 20 has S = 4, and table A18 gives 0.167 for a rise.
    [Fact]
    public void MannKendall_GilbertsFourValues_GivesTheTabledChance()
    {
        var trend = MannKendallTest.Compute([10, 15, 14, 20]);
        Assert.Equal(4, trend.S);
        Assert.Equal(0.167, trend.PValue / 2, 3);
    }

    [Fact]
    public void MannKendall_AllEqual_IsNoTrend() => Assert.Equal(new Trend(0, 1, 0), MannKendallTest.Compute([3, 3, 3, 3, 3]));

    [Fact]
    public void MannKendall_Line_HasItsSlope() => Assert.Equal(0.5, MannKendallTest.Compute([1, 1.5, 2, 2.5, 9]).Slope, 12);

    // Hollander and Wolfe (1973), table 3.1: Hamilton depression scale factor before and after the first tranquillizer session; estimate
    // −0.46, and the 96% interval is (−0.786, −0.010).
    [Fact]
    public void SignedRank_HollanderAndWolfeDepression_GivesThePublishedEstimateAndInterval()
    {
        double[] before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
        double[] after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
        var estimate = SignedRank.EstimateCenter([.. after.Zip(before, (y, x) => y - x)], 0.96);
        Assert.Equal(-0.46, estimate.Value, 2);
        Assert.Equal(-0.786, estimate.Interval!.Value.Low, 3);
        Assert.Equal(-0.010, estimate.Interval!.Value.High, 3);
    }

    [Theory]
    [InlineData(4, 0.90, IntervalKind.Range)]
    [InlineData(5, 0.90, IntervalKind.Confidence)]
    [InlineData(5, 0.95, IntervalKind.Range)]
    [InlineData(6, 0.95, IntervalKind.Confidence)]
    public void SignedRank_TooFewForTheLevel_SaysRange(int count, double level, IntervalKind kind) =>
        Assert.Equal(kind, SignedRank.EstimateCenter([.. Enumerable.Range(1, count).Select(i => (double)i)], level).Kind);

    [Fact]
    public void SignedRank_BeyondTheExactTable_IsAboutTheSame()
    {
        var random = new Random(3);
        var sample = Enumerable.Range(0, 50).Select(_ => random.NextDouble()).ToList();
        var exact = SignedRank.EstimateCenter(sample, 0.95).Interval!.Value;
        var approximate = SignedRank.EstimateCenter([.. sample, 0.5], 0.95).Interval!.Value;
        Assert.Equal(exact.Low, approximate.Low, 0.02);
        Assert.Equal(exact.High, approximate.High, 0.02);
    }

    // Hollander and Wolfe (1973), 69f: permeability of the human chorioamnion; W = 35, and P(W ≥ 35) = 0.1272.
    [Fact]
    public void RankSum_HollanderAndWolfePermeability_GivesThePublishedChance()
    {
        double[] term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
        double[] early = [1.15, 0.88, 0.90, 0.74, 1.21];
        var (u, p) = RankSumTest.Compute(term, early);
        Assert.Equal(35, u);
        Assert.Equal(0.1272, p / 2, 4);
        Assert.Equal(p, RankSumTest.Compute(early, term).P, 12);
    }

    [Fact]
    public void RankSum_AllEqual_TellsNothing() => Assert.Equal(1, RankSumTest.Compute([2, 2, 2], [2, 2, 2, 2]).P);
}
