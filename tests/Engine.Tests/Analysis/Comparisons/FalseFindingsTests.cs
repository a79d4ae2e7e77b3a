using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Analysis.Comparisons;

/// <summary>The short form of <c>Benchmarks findings</c>, with fixed seeds.</summary>
public sealed class FalseFindingsTests
{
    private const int Runs = 100;

    private static int Count(NoiseKind kind, Func<NoisyMachine, bool> holds) =>
        Enumerable.Range(1, Runs).Count(seed => holds(new NoisyMachine(kind, seed)));

    private static bool IsDifference(RatioVerdict verdict) => verdict is RatioVerdict.Lower or RatioVerdict.Higher;

    [Theory]
    [InlineData(nameof(NoiseKind.HeavyTailed))]
    [InlineData(nameof(NoiseKind.Drifting))]
    [InlineData(nameof(NoiseKind.Bursty))]
    public void Findings_NoiseAlone_AreRareAndARealEffectIsFound(string name)
    {
        var kind = Enum.Parse<NoiseKind>(name);
        Assert.InRange(Count(kind, machine => machine.Compare(1, isInterleaved: true).Any(IsDifference)), 0, Runs / 20);
        Assert.InRange(Count(kind, machine => machine.Compare(1, isInterleaved: false).Any(IsDifference)), 0, Runs / 20);
        Assert.InRange(Count(kind, machine => machine.ChangeOverContexts(1).Any(IsDifference)), 0, Runs / 20);
        Assert.InRange(Count(kind, machine => machine.FindsWall()), 0, Runs / 20);
        Assert.InRange(Count(kind, machine => machine.Compare(1.5, isInterleaved: true).Contains(RatioVerdict.Higher)), Runs * 9 / 10,
            Runs);
    }
}
