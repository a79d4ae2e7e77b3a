using CsCheck;
using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Engine.Tests.Prompts.Tokenizers;

public sealed class PreTokenizerTests
{
    private static List<string> Words(string name, string text)
    {
        var words = new List<string>();
        PreTokenizer.FromName(name).Split(text, (start, length) =>
        {
            words.Add(text.Substring(start, length));
            return true;
        });
        return words;
    }

    // Checked against llama.cpp 815a2a591.
    [Theory]
    [InlineData("gpt-2", "He's 12345 ok!!\n\n x", "He|'s| 12345| ok|!!|\n\n| x")]
    [InlineData("llama-bpe", "HE'S 12345 ok!!\n\n x", "HE|'S| |123|45| ok|!!\n\n| x")]
    [InlineData("qwen2", "a 123 (b)", "a| |1|2|3| (|b|)")]
    [InlineData("starcoder", "a 12", "a| |1|2")]
    [InlineData("gpt-4o", "HTTPServer don'T", "HTTPServer| don'T")]
    [InlineData("tekken", "HTTPServer 12", "HTTPServer| |1|2")]
    [InlineData("deepseek-v3", "日本x ~\n\ty", "日本|x| |~|\n|\ty")]
    [InlineData("default", "a=b 1234", "a|=|b| |123|4")]
    [InlineData("qwen2", "😀abc𝒜x", "😀abc𝒜x")]
    public void Split_KnownRules_CutAsTheTargetDoes(string name, string text, string expected)
    {
        Assert.True(PreTokenizer.FromName(name).IsKnown);
        Assert.Equal(expected, string.Join('|', Words(name, text)));
    }

    [Fact]
    public void Split_AnyTextByAnyRule_CoversItAllInOrder()
    {
        string[] names = ["gpt-2", "llama-bpe", "qwen2", "qwen35", "gpt-4o", "tekken", "deepseek-v3", "deepseek-coder", "falcon",
            "starcoder", "default", "unheard of"];
        Gen.Select(Gen.OneOf(names), Gen.String[0, 200]).Sample((name, text) => Assert.Equal(text, string.Concat(Words(name, text))),
            iter: LongTests.Draws(3_000));
    }

    [Fact]
    public void For_Nothing_IsTheDefaultRule() => Assert.Equal("default", PreTokenizer.FromName(null).Name);
}
