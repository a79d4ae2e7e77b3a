using MemoryWall.Analysis;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Analysis;

public sealed class CrossoverIntervalTests
{
    // Prefill takes N/2000 s and generation 2 s, so the crossover is at 4000 whatever the noise.
    private static Crossover Analyze(int repetitions, double noise, int seed = 1)
    {
        var random = new Random(seed);
        double Noise() => 1 + noise * (2 * random.NextDouble() - 1);
        return Assert.Single(AnalysisSamples.Report(AnalysisSamples.InOrder([.. Enumerable.Range(0, repetitions).SelectMany(_ =>
            new[] { 1024, 2048, 8192, 16384 }.Select(n => (n, n / 2000.0 * Noise(), 2 * Noise())))])).Crossovers);
    }

    [Fact]
    public void Analyze_ManyRepetitions_TheIntervalHoldsTheTruthAboutAsOftenAsPromised()
    {
        var held = Enumerable.Range(1, 60)
            .Count(seed => Analyze(8, 0.15, seed).Estimate is { Kind: IntervalKind.Confidence, Interval: { } interval }
                && interval.Contains(4000));
        Assert.InRange(held, 53, 60);
    }

    [Fact]
    public void Analyze_MoreNoise_WiderInterval()
    {
        static double Width(Crossover crossover) => crossover.Estimate!.Interval!.Value.High - crossover.Estimate.Interval.Value.Low;
        Assert.True(Width(Analyze(8, 0.02)) < Width(Analyze(8, 0.2)));
    }

    [Theory]
    [InlineData(1, IntervalKind.None)]
    [InlineData(3, IntervalKind.Range)]
    [InlineData(5, IntervalKind.Confidence)]
    public void Analyze_ByRepetitions_SaysWhatItIs(int repetitions, IntervalKind kind)
    {
        var crossover = Analyze(repetitions, 0.1);
        Assert.Equal(kind, crossover.Estimate!.Kind);
        Assert.Equal(crossover.ContextTokens, crossover.Estimate.Value);
    }

    // A slow machine slows both phases of a trial, so the crossover does not move.
    [Fact]
    public void Analyze_MachineThatIsSlowForAWhile_DoesNotWidenTheInterval()
    {
        var random = new Random(1);
        var trials = Enumerable.Range(0, 8)
            .SelectMany(_ => new[] { 1024, 2048, 8192, 16384 }.Select(n => (n, Slow: 1 + random.NextDouble())))
            .Select(trial => (trial.n, trial.n / 2000.0 * trial.Slow, 2 * trial.Slow)).ToArray();
        var crossover = Assert.Single(AnalysisSamples.Report(AnalysisSamples.InOrder(trials)).Crossovers);
        Assert.Equal(4000, crossover.ContextTokens!.Value, 1);
        Assert.InRange(crossover.Estimate!.RelativeHalfWidth!.Value, 0, 1e-6);
    }

    [Fact]
    public void Analyze_RepetitionsThatDoNotBoundIt_HasNoIntervalAndSaysSo()
    {
        var crossover = Assert.Single(
            AnalysisSamples.Report(
                AnalysisSamples.InOrder((1024, 1, 2), (1024, 5, 2), (1024, 0.9, 2), (8192, 3, 2), (8192, 4, 2), (8192, 1, 2))).Crossovers);
        Assert.Equal(CrossoverKind.Found, crossover.Kind);
        Assert.Null(crossover.Estimate);
        Assert.Contains("do not bound it", CrossoverPhrases.Format(crossover), StringComparison.Ordinal);
    }
}
