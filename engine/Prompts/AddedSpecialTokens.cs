using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Prompts;

/// <summary>The tokens that a vocabulary's tokenizer adds around a text.</summary>
internal static class AddedSpecialTokens
{
    /// <summary>Tokens added to every text.</summary>
    public static int Count(Vocabulary vocabulary) => (Bos(vocabulary) is null ? 0 : 1) + (Eos(vocabulary) is null ? 0 : 1);

    /// <summary>The token added before every text; null for none.</summary>
    public static int? Bos(Vocabulary vocabulary) => vocabulary.AddBos ? vocabulary.BosId : null;

    /// <summary>The token added after every text; null for none.</summary>
    public static int? Eos(Vocabulary vocabulary) => vocabulary.AddEos ? vocabulary.EosId : null;
}
