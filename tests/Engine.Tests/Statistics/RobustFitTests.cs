using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Statistics;

public sealed class RobustFitTests
{
    private static readonly double[] s_noise = [0.3, -0.5, 0.1, 0.4, -0.2, -0.4, 0.2, 0.5, -0.1, -0.3];

    private static double[] Row(int x) => [1, x];

    private static RobustFit Fit(IEnumerable<(int X, double Y)> points) => RobustFit.Fit(
        [.. points.Select(point => Row(point.X))], [.. points.Select(point => point.Y)], [.. points.Select(_ => 1.0)])!;

    private static IEnumerable<(int X, double Y)> Line(params int[] strays) =>
        Enumerable.Range(0, 10).Select(x => (x, 10 + 2 * x + s_noise[x] + (strays.Contains(x) ? 30 : 0)));

    [Theory]
    [InlineData(9)]
    [InlineData(0, 5)]
    [InlineData(2, 5, 8)]
    public void Fit_Strays_DoNotMoveTheLine(params int[] strays)
    {
        var fit = Fit(Line(strays));
        Assert.Equal(2, fit.Coefficients[1], 0.15);
        Assert.Equal(10, fit.Coefficients[0], 0.6);
        Assert.InRange(fit.StandardErrors[1], 0.01, 0.2);
        // What single points scatter contains the strays.
        Assert.True(fit.Scatter > 10);
    }

    [Fact]
    public void Fit_NoStrays_IsThePlainFit()
    {
        var plain = LeastSquares.Fit([.. Line().Select(point => Row(point.X))], [.. Line().Select(point => point.Y)],
            [.. Line().Select(_ => 1.0)])!;
        var fit = Fit(Line());
        Assert.Equal(plain.Coefficients[1], fit.Coefficients[1], 0.02);
        Assert.Equal(plain.StandardErrors[1], fit.StandardErrors[1], 0.01);
        Assert.Equal(plain.ResidualStandardDeviation, fit.Scatter, 0.02);
        var (one, other) = (plain.PredictionInterval(Row(20), 1, 0.95), fit.PredictionInterval(Row(20), 1, 0.95));
        Assert.Equal(one.Low, other.Low, 0.5);
        Assert.Equal(one.High, other.High, 0.5);
    }

    // Three points of a line do not show which of them is the stray.
    [Fact]
    public void Fit_FewPoints_KeepsAllOfThem()
    {
        (int, double)[] points = [(0, 0), (1, 1), (2, 20)];
        Assert.Equal(10, Fit(points).Coefficients[1], 9);
        Assert.Equal(1, Fit(points).DegreesOfFreedom);
    }

    // More than half of the values are exactly on a line, as those of a coarse clock: no reason to call it exact.
    [Fact]
    public void Fit_ValuesWithoutScatterAndAStray_IsNotExact() =>
        Assert.True(Fit([(0, 5), (1, 5), (2, 5), (3, 5), (4, 5), (5, 9)]).StandardErrors[1] > 0.1);

    [Fact]
    public void Fit_NoMorePointsThanCoefficients_IsAbsent() => Assert.Null(RobustFit.Fit([[1.0, 1], [1, 2]], [1, 2], [1, 1]));
}
