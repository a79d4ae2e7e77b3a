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
    /// Whether the model must never generate the entry, because it ends the text or is unused. The BOS of a SentencePiece vocabulary is not
    /// included: it is an input, and with tied embeddings its row is also the output row.
    /// </summary>
    public static bool IsNeverGenerated(SyntheticSpec spec, int id) => spec.Tokenizer switch
    {
        SyntheticTokenizer.Spm => id is 0 or 2,
        _ => id >= Gpt2Vocabulary.TextEntryCount(spec.Vocabulary),
    };
}
