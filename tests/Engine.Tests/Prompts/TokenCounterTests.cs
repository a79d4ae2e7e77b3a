using CsCheck;
using MemoryWall.Models.Vocabularies;
using MemoryWall.Prompts;

namespace MemoryWall.Engine.Tests.Prompts;

public sealed class TokenCounterTests
{
    [Fact]
    public void Count_AnyText_AsAnIndependentTokenizer()
    {
        var counter = new TokenCounter(TestVocabularies.Gpt2);
        Gen.Select(Gen.String[0, 60], Gen.OneOf(" ", "\n", "'ll ", "😀", "漢", "12"), Gen.String[0, 20]).Sample(
            (a, b, c) =>
            {
                var text = a + b + c;
                // The reference drops unpaired surrogates; text from a file has none.
                if (text.EnumerateRunes().Any(r => r.Value == 0xFFFD))
                    return;
                Assert.Equal(TestVocabularies.Referee.CountTokens(text) + 1, counter.Count(text).Tokens);
            },
            iter: LongTests.Draws(5_000),
            threads: 1);
    }

    [Fact]
    public void Count_KnownVocabulary_ExactWithItsFrame()
    {
        var count = new TokenCounter(TestVocabularies.SentencePiece with { AddEos = true }).Count("hello world");
        Assert.True(count.IsExact);
        Assert.Equal(2 + NaiveSentencePiece.Encode(TestVocabularies.SentencePiece, "hello world").Count, count.Tokens);
    }

    [Fact]
    public void Count_EmptyText_IsTheFrame() => Assert.Equal(1, new TokenCounter(TestVocabularies.Gpt2).Count("").Tokens);

    [Fact]
    public void Count_UnknownPreTokenizer_IsAnEstimateAndSaysSo()
    {
        var count = new TokenCounter(TestVocabularies.Gpt2 with { PreTokenizerName = "other" }).Count("hello world");
        Assert.Equal(3, count.Tokens);
        Assert.False(count.IsExact);
        Assert.Contains("'other' is unknown", count.Tokenizer, StringComparison.Ordinal);
    }

    [Fact]
    public void Count_UnknownFamily_IsAProblem()
    {
        var count = new TokenCounter(TestVocabularies.Gpt2 with { Model = "rwkv" }).Count("hello world");
        Assert.Null(count.Tokens);
        Assert.Contains("'rwkv'", count.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Count_EndlessWord_IsAProblemOrACountButNeverAHang()
    {
        var word = new string('a', 1_000_000);
        Assert.Contains("too long to encode", new TokenCounter(TestVocabularies.Gpt2).Count(word).Problem, StringComparison.Ordinal);
        Assert.NotNull(new TokenCounter(TestVocabularies.SentencePiece).Count(word).Tokens);
    }

    [Fact]
    public void Count_SpecialTokens_LongestFirst()
    {
        var vocabulary = TestVocabularies.Gpt2.With("<tool>", TokenKind.UserDefined).With("<tool><tool>", TokenKind.UserDefined);
        Assert.Equal(3, new TokenCounter(vocabulary).Count("<tool><tool><tool>").Tokens);
    }
}
