using MemoryWall.Models.Synthetic;
using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Engine.Tests.Models.Synthetic;

public sealed class SpmVocabularyTests
{
    [Theory]
    [InlineData(SpmVocabulary.MinSize)]
    [InlineData(32_768)]
    [InlineData(262_144)]
    public void Create_AnySize_HasNoTwoEqualEntries(int size)
    {
        var vocabulary = SpmVocabulary.Create(size);

        Assert.Equal(size, vocabulary.Tokens.Count);
        Assert.Equal(size, vocabulary.Tokens.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(256, vocabulary.Kinds.Count(kind => kind == TokenKind.Byte));
        Assert.Equal("<0x41>", vocabulary.Tokens[3 + 0x41]);
        Assert.Equal(size, vocabulary.Scores!.Count);
    }

    /// <summary>
    /// SentencePiece joins the neighbours whose union has the highest score, until no union is an entry. This test follows the definition:
    /// every word must become one token.
    /// </summary>
    [Fact]
    public void Create_EveryWord_IsReachedByItsMerges()
    {
        var vocabulary = SpmVocabulary.Create(32_768);
        var scores = vocabulary.Tokens.Zip(vocabulary.Scores!).ToDictionary(pair => pair.First, pair => pair.Second);
        var words = vocabulary.Tokens.Where(token => token.Length >= 5 && token[0] == '\u2581').ToArray();

        Assert.True(words.Length > 30_000);
        Assert.All(words.Where((_, index) => index % 37 == 0), word => Assert.Equal([word, word], Merged(word + word, scores)));
    }

    private static List<string> Merged(string text, Dictionary<string, float> scores)
    {
        var parts = text.Select(letter => letter.ToString()).ToList();
        while (true)
        {
            var best = Enumerable.Range(0, parts.Count - 1)
                .Where(i => scores.ContainsKey(parts[i] + parts[i + 1]))
                .OrderByDescending(i => scores[parts[i] + parts[i + 1]]).Append(-1).First();
            if (best < 0)
                return parts;
            parts[best] += parts[best + 1];
            parts.RemoveAt(best + 1);
        }
    }
}
