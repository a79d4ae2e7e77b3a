using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Models.Synthetic;

/// <summary>
/// A SentencePiece vocabulary of made-up words: 3 special tokens, 256 bytes, the printable ASCII letters, 100 syllables, and words of two
/// and three syllables. Every word has only one sequence of merges, so between blanks it is always one token.
/// </summary>
internal static class SpmVocabulary
{
    /// <summary>Special tokens, bytes, letters, syllables, and the words of one syllable.</summary>
    public const int MinSize = SpecialTokenCount + 256 + 95 + 200;

    private const int SpecialTokenCount = 3;
    private const char Blank = '\u2581';
    private const string Consonants = "bcdfghjklmnprstvwxyz";
    private const string Vowels = "aeiou";

    /// <summary>Creates the vocabulary, with BOS 1 and EOS 2 as in Llama 2; BOS and a blank are added before a text.</summary>
    public static Vocabulary Create(int size)
    {
        var tokens = new List<string>(size) { "<unk>", "<s>", "</s>" };
        for (var value = 0; value < 256; value++)
            tokens.Add($"<0x{value:X2}>");
        tokens.AddRange(EnumerateTexts().Take(size - tokens.Count));
        return new Vocabulary
        {
            Model = "llama",
            PreTokenizerName = "default",
            Tokens = tokens,
            Kinds = [.. tokens.Select((_, id) => Kind(id))],
            // A higher score is merged earlier, so earlier entries get higher scores.
            Scores = [.. tokens.Select((_, id) => id < SpecialTokenCount + 256 ? 0f : -(float)(id - SpecialTokenCount - 256))],
            BosId = 1,
            EosId = 2,
            AddBos = true,
            AddSpacePrefix = true,
        };
    }

    private static TokenKind Kind(int id) => id switch
    {
        0 => TokenKind.Unknown,
        < SpecialTokenCount => TokenKind.Control,
        < SpecialTokenCount + 256 => TokenKind.Byte,
        _ => TokenKind.Normal,
    };

    private static IEnumerable<string> EnumerateTexts()
    {
        yield return Blank.ToString();
        for (var letter = '!'; letter <= '~'; letter++)
            yield return letter.ToString();
        var syllables = Consonants.SelectMany(consonant => Vowels.Select(vowel => $"{consonant}{vowel}")).ToArray();
        foreach (var syllable in syllables)
            yield return syllable;
        var words = syllables.Select(syllable => Blank + syllable).ToArray();
        while (true)
        {
            foreach (var word in words)
                yield return word;
            words = [.. words.SelectMany(word => syllables.Select(syllable => word + syllable))];
        }
    }
}
