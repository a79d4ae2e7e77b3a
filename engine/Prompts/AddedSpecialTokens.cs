using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Prompts;

/// <summary>What a vocabulary's tokenizer puts around a text itself.</summary>
internal static class AddedSpecialTokens
{
    /// <summary>Tokens added to every text.</summary>
    public static int Count(Vocabulary vocabulary) => (Bos(vocabulary) is null ? 0 : 1) + (Eos(vocabulary) is null ? 0 : 1);

    /// <summary>The token put before every text; null where there is none.</summary>
    public static int? Bos(Vocabulary vocabulary) => vocabulary.AddBos ? vocabulary.BosId : null;

    /// <summary>The token put behind every text; null where there is none.</summary>
    public static int? Eos(Vocabulary vocabulary) => vocabulary.AddEos ? vocabulary.EosId : null;
}
