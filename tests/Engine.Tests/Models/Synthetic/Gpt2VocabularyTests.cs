using System.Text.RegularExpressions;
using MemoryWall.Models.Synthetic;
using MemoryWall.Models.Vocabularies;
using Microsoft.ML.Tokenizers;

namespace MemoryWall.Engine.Tests.Models.Synthetic;

public sealed partial class Gpt2VocabularyTests
{
    private static readonly string[] s_texts =
    [
        "Hello world, the quick brown fox jumps over the lazy dog.", "  two  spaces\n\nand\tnew lines 12345 don't won't I'll",
        "naïve café, 日本語, текст, 🎉",
        "public static int Main(string[] args) => args.Length; // comment", new string('a', 100),
        string.Concat(Enumerable.Repeat("measurement of the memory wall ", 50)),
    ];

    /// <summary>
    /// The library's GPT-2 tokenizer knows the ranks and no merges; a BPE tokenizer with our merges must split every text in the same way.
    /// </summary>
    [Fact]
    public void Create_Whole_CutsTextsAsTheLibrarysGpt2()
    {
        var reference = TiktokenTokenizer.CreateForModel("gpt2");
        var ours = Tokenizer(Gpt2Vocabulary.Create(50_257));

        Assert.All(s_texts, text => Assert.Equal(reference.EncodeToIds(text), ours.EncodeToIds(text)));
    }

    [Fact]
    public void Create_Cut_CutsTextsBelowTheCutAlike()
    {
        const int size = 32_768;
        var reference = TiktokenTokenizer.CreateForModel("gpt2");
        var ours = Tokenizer(Gpt2Vocabulary.Create(size));
        var words = s_texts.SelectMany(text => text.Split(' ')).Select(word => " " + word)
            .Where(word => reference.EncodeToIds(word).All(id => id < size - 1)).ToArray();

        Assert.True(words.Length > 50);
        Assert.All(words, word => Assert.Equal(reference.EncodeToIds(word), ours.EncodeToIds(word)));
        Assert.All(s_texts, text => Assert.Equal(text, reference.Decode(ours.EncodeToIds(text))));
    }

    [Theory]
    [InlineData(257, 256, 0)]
    [InlineData(32_768, 32_767, 0)]
    [InlineData(50_257, 50_256, 0)]
    [InlineData(128_256, 50_256, 77_999)]
    public void Create_AnySize_HasNoTwoEqualEntries(int size, int text, int unused)
    {
        var vocabulary = Gpt2Vocabulary.Create(size);

        Assert.Equal(size, vocabulary.Tokens.Count);
        Assert.Equal(size, vocabulary.Tokens.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(text, vocabulary.Kinds.Count(kind => kind == TokenKind.Normal));
        Assert.Equal(unused, vocabulary.Kinds.Count(kind => kind == TokenKind.Unused));
        Assert.Equal(text - 256, vocabulary.Merges!.Count);
        Assert.Equal("<|endoftext|>", vocabulary.Tokens[text]);
        Assert.Equal((text, text, false), (vocabulary.BosId, vocabulary.EosId, vocabulary.AddBos));
    }

    [Fact]
    public void Create_EveryMerge_MakesTheEntryOfItsRankFromEarlierOnes()
    {
        var vocabulary = Gpt2Vocabulary.Create(50_257);
        var ids = vocabulary.Tokens.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id);

        for (var rank = 0; rank < vocabulary.Merges!.Count; rank++)
        {
            var parts = vocabulary.Merges[rank].Split(' ');
            Assert.Equal(vocabulary.Tokens[256 + rank], parts[0] + parts[1]);
            Assert.True(ids[parts[0]] < 256 + rank && ids[parts[1]] < 256 + rank);
        }
    }

    private static BpeTokenizer Tokenizer(Vocabulary vocabulary) =>
        BpeTokenizer.Create(new BpeOptions(vocabulary.Tokens.Select((token, id) => KeyValuePair.Create(token, id)))
        {
            Merges = vocabulary.Merges!,
            ByteLevel = true,
            PreTokenizer = new RegexPreTokenizer(Gpt2Words(), null),
        });

    [GeneratedRegex(@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Gpt2Words();
}
