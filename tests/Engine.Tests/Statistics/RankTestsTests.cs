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

    [Fact]
    public void KendallOfBlocks_AgreesWithTheOrdersThatThereAre()
    {
        double[] rising = [1, 2, 3];
        Assert.Equal(2 / 216.0, MannKendallTest.PValueOfBlocks([rising, rising, rising]), 12);
        Assert.Equal(1, MannKendallTest.PValueOfBlocks([rising, [3, 2, 1]]), 12);
        Assert.Equal(1, MannKendallTest.PValueOfBlocks([[1], [2]]));
        double[] series = [3, 1, 4, 5, 9, 2, 6];
        Assert.Equal(MannKendallTest.Compute(series).PValue, MannKendallTest.PValueOfBlocks([series]), 12);
    }
}
