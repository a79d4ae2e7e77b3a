namespace MemoryWall.Models;

/// <summary>Reads a vocabulary out of a model's metadata.</summary>
public static class VocabularyReader
{
    private const string Prefix = "tokenizer.ggml.";

    /// <summary>The vocabulary; null where the metadata holds no tokens.</summary>
    public static Vocabulary? Read(ModelMetadata metadata)
    {
        if (metadata.Texts(Prefix + "tokens") is not { Count: > 0 } tokens)
            return null;
        var model = metadata.Text(Prefix + "model") ?? "unknown";
        var kinds = metadata.Numbers(Prefix + "token_type");
        // Defaults as llama.cpp has them (llama-vocab.cpp): SentencePiece adds BOS and a blank unless told otherwise, the others do not.
        var isSentencePiece = model == "llama";
        return new Vocabulary
        {
            Model = model,
            Pre = metadata.Text(Prefix + "pre"),
            Tokens = tokens,
            Kinds = kinds is not null && kinds.Count == tokens.Count
                ? [.. kinds.Select(kind => Enum.IsDefined((TokenKind)kind) ? (TokenKind)kind : TokenKind.Undefined)]
                : [.. Enumerable.Repeat(TokenKind.Normal, tokens.Count)],
            Merges = metadata.Texts(Prefix + "merges"),
            Scores = metadata.Fractions(Prefix + "scores"),
            BosId = Id("bos_token_id") ?? (isSentencePiece ? 1 : null),
            EosId = Id("eos_token_id") ?? (isSentencePiece ? 2 : null),
            AddBos = metadata.Flag(Prefix + "add_bos_token") ?? isSentencePiece,
            AddEos = metadata.Flag(Prefix + "add_eos_token") ?? false,
            AddSpacePrefix = metadata.Flag(Prefix + "add_space_prefix") ?? isSentencePiece,
        };

        int? Id(string key) => metadata.Number(Prefix + key) is { } id && id >= 0 && id < tokens.Count ? id : null;
    }
}
