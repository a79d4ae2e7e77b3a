using MemoryWall.Analysis;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Analysis;

public sealed class CurveFitTests
{
    private static double Prefill(double n) => 0.05 + 1.2e-4 * n + 3e-8 * n * n;

    private static LevelFits Fits(IEnumerable<(int Context, double Prefill, double Generation)> trials) =>
        Assert.Single(AnalysisSamples.Report(AnalysisSamples.InOrder([.. trials])).Fits);

    [Fact]
    public void Fit_TimesThatFollowTheForm_GivesItsCoefficients()
    {
        var fit = Fits(new[] { 1024, 2048, 4096, 8192, 16384 }.Select(n => (n, Prefill(n), 63 * (0.01 + 2e-7 * (n + 32))))).Prefill!;
        Assert.Equal(0.05, fit.Terms[0].Seconds, 5);
        Assert.Equal(1.2e-4, fit.Terms[1].Seconds, 7);
        Assert.Equal(3e-8, fit.Terms[2].Seconds, 10);
        Assert.Equal(Prefill(12000), fit.At(12000)!.Seconds, 4);
        Assert.False(fit.At(12000)!.IsForecast);
        Assert.True(fit.At(20000)!.IsForecast);
    }

    [Fact]
    public void Fit_InterTokenTimes_GivesTheCostOfDepth()
    {
        var fit = Fits(new[] { 1024, 2048, 4096, 8192 }.Select(n => (n, Prefill(n), 63 * (0.01 + 2e-7 * (n + 32))))).InterToken!;
        Assert.Equal(0.01, fit.Terms[0].Seconds, 6);
        Assert.Equal(2e-7, fit.Terms[1].Seconds, 10);
    }

    [Fact]
    public void At_FartherFromWhatWasMeasured_TheBandIsWider()
    {
        var random = new Random(4);
        var fit = Fits(
            Enumerable.Range(0, 30).Select(i => 1024 << (i % 5))
                .Select(n => (n, Prefill(n) * (1 + 0.05 * (random.NextDouble() - 0.5)), 1.0))).Prefill!;
        double Width(double n) => (fit.At(n)!.Interval.High - fit.At(n)!.Interval.Low) / fit.At(n)!.Seconds;
        Assert.True(Width(8192) < Width(40_000) && Width(40_000) < Width(400_000));
        Assert.InRange(fit.RelativeDeviation, 0.005, 0.03);
    }

    [Fact]
    public void At_WhereTheFormGivesNoTime_IsAbsent()
    {
        var fit = Fits([(1024, 0.1, 1.0), (2048, 0.35, 1), (4096, 0.9, 1), (8192, 2.0, 1), (1024, 0.1, 1)]).Prefill!;
        Assert.Null(fit.At(1));
    }

    [Fact]
    public void Fit_TooFewContexts_IsAbsentAndSaysWhatItNeeds()
    {
        var fits = Fits([(1024, 0.2, 1.0), (1024, 0.21, 1), (2048, 0.4, 1), (2048, 0.4, 1)]);
        Assert.Null(fits.Prefill);
        // A line passes through any two depths, and a parabola through any three contexts.
        Assert.Null(fits.InterToken);
        Assert.Equal((new TooFewContexts(2, 4), new TooFewContexts(2, 3)), (fits.MissingPrefill, fits.MissingInterToken));
        Assert.Equal("No curve of the prefill time: it was measured at 2 contexts, and a fit needs 4.",
            FitPhrases.FormatMissing("the prefill time", fits.MissingPrefill!));
        var three = Fits([(1024, 0.2, 1.0), (2048, 0.4, 1.1), (4096, 0.8, 1.3), (4096, 0.8, 1.3)]);
        Assert.Null(three.Prefill);
        Assert.Equal(2, three.InterToken!.DegreesOfFreedom);
        Assert.Null(three.MissingInterToken);
    }
}
