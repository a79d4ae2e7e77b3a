using MemoryWall.Core.Primitives;

namespace MemoryWall.Engine.Tests.Core.Primitives;

public sealed class SplitMix64Tests
{
    [Fact]
    public void Next_PublishedSeed_GivesThePublishedNumbers()
    {
        // The values that Rosetta Code lists for seed 1234567 (Pseudo-random numbers/Splitmix64).
        var generator = new SplitMix64(1234567);
        ulong[] expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        Assert.Equal(expected, expected.Select(_ => generator.Next()));
    }

    [Fact]
    public void NextBelow_ManyDraws_EvenlySpread()
    {
        var generator = SplitMix64.FromPair(1, 2);
        var counts = new int[10];
        for (var i = 0; i < 100_000; i++)
            counts[generator.NextBelow(10)]++;
        // Chi-squared with 9 degrees of freedom: 27.9 is passed once in 1,000 by chance, and the seed is fixed.
        Assert.True(counts.Sum(c => (c - 10_000.0) * (c - 10_000.0) / 10_000.0) < 27.9);
    }

    [Fact]
    public void FromPair_NeighbouringSeedsAndVariants_GiveOtherNumbers()
    {
        var firsts = from seed in Enumerable.Range(-3,
            7)
                     from variant in Enumerable.Range(-3, 7)
                     select SplitMix64.FromPair(seed, variant).Next();
        Assert.Equal(49, firsts.Distinct().Count());
    }
}
