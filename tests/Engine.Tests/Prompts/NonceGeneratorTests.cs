using MemoryWall.Prompts;
using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Engine.Tests.Prompts;

public sealed class NonceGeneratorTests
{
    private static readonly WordPool Pool = VocabularyWordFinder.Find(TestVocabularies.Gpt2,
        TextEncoder.Create(TestVocabularies.Gpt2, out _)!, out _)!;

    [Fact]
    public void Draw_ManyTimes_NeverRepeats()
    {
        var nonces = new NonceGenerator(Pool);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < LongTests.Draws(100_000); i++)
            Assert.True(seen.Add(Pool.Join("", nonces.Draw(nonces.FullLength))));
    }

    [Fact]
    public void Draw_UntilOpenersAreUsedUp_NoFirstWordTwice()
    {
        var nonces = new NonceGenerator(Pool);
        var firsts = Enumerable.Range(0, Pool.Openers.Length).Select(_ => nonces.Draw(2)[0]).ToHashSet();
        Assert.Equal(Pool.Openers.Length, firsts.Count);
        Assert.Contains(nonces.Draw(2)[0], firsts);
    }

    [Fact]
    public void FullLength_HasItsBits()
    {
        var nonces = new NonceGenerator(Pool);
        var bits = Math.Log2(Pool.Openers.Length) + ((nonces.FullLength - 1) * Math.Log2(Pool.Words.Length));
        Assert.InRange(bits, NonceGenerator.Bits, NonceGenerator.Bits + Math.Log2(Pool.Words.Length));
        Assert.True(Pool.Words.Length > 5_000 && Pool.Openers.Length > 2_000, $"{Pool.Words.Length} words, {Pool.Openers.Length} openers");
    }

    [Fact]
    public void Parse_DrawnNonce_GivesItBack()
    {
        var drawn = new NonceGenerator(Pool).Draw(9);
        Assert.Equal(drawn, new NonceGenerator(Pool).Parse(Pool.Join("", drawn), out var problem));
        Assert.Null(problem);
    }
}
