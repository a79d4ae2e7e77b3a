using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Analysis.Comparisons;

/// <summary>The short form of <c>Benchmarks findings</c>, with fixed seeds.</summary>
public sealed class FalseFindingsTests
{
    private const int Runs = 100;

    // The rate of false terms is close to its limit, so it takes more runs to measure it.
    private const int FitRuns = 500;

    private static int Count(NoiseKind kind, Func<NoisyMachine, bool> holds, int runs = Runs) =>
        Enumerable.Range(1, runs).Count(seed => holds(new NoisyMachine(kind, seed)));

    private static bool IsDifference(RatioVerdict verdict) => verdict is RatioVerdict.Lower or RatioVerdict.Higher;

    [Theory]
    [InlineData(nameof(NoiseKind.HeavyTailed))]
    [LongData(nameof(NoiseKind.Drifting))]
    [LongData(nameof(NoiseKind.Bursty))]
    public void Findings_NoiseAlone_AreRareAndARealEffectIsFound(string name)
    {
        var kind = Enum.Parse<NoiseKind>(name);
        Assert.InRange(Count(kind, machine => machine.Compare(1, isInterleaved: true).Any(IsDifference)), 0, Runs / 20);
        Assert.InRange(Count(kind, machine => machine.Compare(1, isInterleaved: false).Any(IsDifference)), 0, Runs / 20);
        Assert.InRange(Count(kind, machine => machine.ChangeOverContexts(1).Any(IsDifference)), 0, Runs / 20);
        Assert.InRange(Count(kind, machine => machine.ChangeOverContexts(1.5).Contains(RatioVerdict.Higher)), Runs * 9 / 10, Runs);
        Assert.InRange(Count(kind, machine => machine.ChangeWithThreeRepetitions(1, isShuffled: true).Any(IsDifference)), 0, Runs / 20);
        Assert.InRange(Count(kind, machine => machine.FindsWall()), 0, Runs / 20);
        Assert.InRange(Count(kind, machine => machine.Compare(1.5, isInterleaved: true).Contains(RatioVerdict.Higher)), Runs * 9 / 10,
            Runs);
    }

    [LongTheory]
    [InlineData(nameof(NoiseKind.HeavyTailed), 95)]
    [InlineData(nameof(NoiseKind.Drifting), 95)]
    [InlineData(nameof(NoiseKind.Bursty), 85)]
    public void FitTerms_NoiseAlone_AreRareAndARealOneIsFound(string name, int minFound)
    {
        var kind = Enum.Parse<NoiseKind>(name);
        Assert.InRange(Count(kind, machine => machine.FitsAFalseTerm(), FitRuns), 0, FitRuns / 20);
        Assert.InRange(Count(kind, machine => machine.FitsDepth(1.5)), minFound, Runs);
    }

    [Theory]
    [InlineData(nameof(NoiseKind.HeavyTailed))]
    [LongData(nameof(NoiseKind.Drifting))]
    [LongData(nameof(NoiseKind.Bursty))]
    public void Crossover_NoiseAlone_IsInItsInterval(string name)
    {
        var kind = Enum.Parse<NoiseKind>(name);
        Assert.InRange(Count(kind, machine => machine.ExcludesCrossover(1)), 0, Runs / 20);
        Assert.InRange(Count(kind, machine => machine.ExcludesCrossover(1.5)), Runs * 7 / 10, Runs);
    }
}
