using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Statistics;

/// <summary>Compared with certified values of the NIST Statistical Reference Datasets, linear regression.</summary>
public sealed class LeastSquaresTests
{
    private static readonly double[] s_norrisX =
    [
        0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4, 0.6, 775.5, 666.9, 338.0, 447.5, 11.6, 556.0, 228.1,
        995.8, 887.6,
        120.2, 0.3, 0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1, 118.3, 229.2, 669.1, 448.9, 0.5,
    ];

    private static readonly double[] s_norrisY =
    [
        0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3, 0.1, 778.1, 668.8, 339.3, 448.9, 10.8, 557.7, 228.3,
        998.0, 888.8,
        119.6, 0.3, 0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2, 117.6, 228.9, 668.4, 449.2, 0.2,
    ];

    private static readonly double[] s_pontiusY =
    [
        .11019, .21956, .32949, .43899, .54803, .65694, .76562, .87487, .98292, 1.09146, 1.20001, 1.30822, 1.41599, 1.52399, 1.63194,
        1.73947, 1.84646, 1.95392,
        2.06128, 2.16844, .11052, .22018, .32939, .43886, .54798, .65739, .76596, .87474, .98300, 1.09150, 1.20004, 1.30818, 1.41613,
        1.52408, 1.63159, 1.73965,
        1.84696, 1.95445, 2.06177, 2.16829,
    ];

    [Fact]
    public void Fit_NistNorris_GivesTheCertifiedLine()
    {
        var fit = Fit([.. s_norrisX.Select(x => new[] { 1, x })], s_norrisY);
        Certified(-0.262323073774029, fit.Coefficients[0]);
        Certified(1.00211681802045, fit.Coefficients[1]);
        Certified(0.232818234301152, fit.StandardErrors[0]);
        Certified(0.429796848199937E-03, fit.StandardErrors[1]);
        Certified(0.884796396144373, fit.ResidualStandardDeviation);
    }

    [Fact]
    public void Fit_NistPontius_GivesTheCertifiedParabola()
    {
        var fit = Fit([.. s_pontiusY.Select((_, i) => 150_000.0 * (i % 20 + 1)).Select(x => new[] { 1, x, x * x })], s_pontiusY);
        Certified(0.673565789473684E-03, fit.Coefficients[0]);
        Certified(0.732059160401003E-06, fit.Coefficients[1]);
        Certified(-0.316081871345029E-14, fit.Coefficients[2]);
        Certified(0.107938612033077E-03, fit.StandardErrors[0]);
        Certified(0.157817399981659E-09, fit.StandardErrors[1]);
        Certified(0.486652849992036E-16, fit.StandardErrors[2]);
        Certified(0.205177424076185E-03, fit.ResidualStandardDeviation);
    }

    [Fact]
    public void Fit_NoMorePointsThanCoefficientsOrOneContext_IsAbsent()
    {
        Assert.Null(LeastSquares.Fit([[1.0, 1], [1, 2]], [1, 2], [1, 1]));
        Assert.Null(LeastSquares.Fit([[1.0, 5], [1, 5], [1, 5]], [1, 2, 3], [1, 1, 1]));
    }

    // The promise of the prediction band: about 95 of 100 new values are inside it, within the measured range and far beyond it, as long as
    // the model is true.
    [Theory]
    [InlineData(5.0)]
    [InlineData(40.0)]
    public void Prediction_ModelHolds_NewValuesFallInAsOftenAsPromised(double at)
    {
        var random = new Random(2);
        double Noise() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var inside = 0;
        for (var i = 0; i < 1000; i++)
        {
            var x = Enumerable.Range(1, 8).Select(k => (double)k).ToList();
            var fit = Fit([.. x.Select(k => new[] { 1, k })], [.. x.Select(k => 3 + 2 * k + Noise())]);
            if (fit.PredictionInterval([1, at], 1, 0.95).Contains(3 + 2 * at + Noise()))
                inside++;
        }
        Assert.InRange(inside, 930, 970);
    }

    private static LeastSquares Fit(double[][] rows, double[] y) => LeastSquares.Fit(rows, y, [.. y.Select(_ => 1.0)])!;

    private static void Certified(double expected, double actual) => Assert.Equal(1, actual / expected, 1e-7);
}
