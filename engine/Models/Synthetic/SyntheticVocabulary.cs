using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Models.Synthetic;

/// <summary>The vocabulary of a synthetic model.</summary>
internal static class SyntheticVocabulary
{
    public static Vocabulary Create(SyntheticSpec spec) => spec.Tokenizer switch
    {
        SyntheticTokenizer.Spm => SpmVocabulary.Create(spec.Vocabulary),
        _ => Gpt2Vocabulary.Create(spec.Vocabulary),
    };

    /// <summary>
    /// Whether the model must never generate the entry: it ends the text or stands for none. The BOS of a SentencePiece vocabulary is not
    /// among them: it is an input, and where embeddings serve as output it shares its row with the output.
    /// </summary>
    public static bool IsNeverGenerated(SyntheticSpec spec, int id) => spec.Tokenizer switch
    {
        SyntheticTokenizer.Spm => id is 0 or 2,
        _ => id >= Gpt2Vocabulary.TextEntryCount(spec.Vocabulary),
    };
}
