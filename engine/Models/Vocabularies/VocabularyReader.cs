using MemoryWall.Models.Shapes;

namespace MemoryWall.Models.Vocabularies;

/// <summary>Reads a model's vocabulary from its metadata, with the defaults of llama.cpp (<c>llama_vocab::impl::load</c>) where keys are
/// missing.</summary>
internal static class VocabularyReader
{
    /// <summary>The vocabulary; null where the source has none.</summary>
    /// <exception cref="ModelFormatException">Its arrays differ in length, or a value has the wrong type.</exception>
    public static Vocabulary? Read(ModelMetadata metadata)
    {
        if (metadata.IsWithheld("tokenizer.ggml.tokens") || metadata.Texts("tokenizer.ggml.tokens") is not { Length: > 0 } tokens)
            return null;
        var model = metadata.Text("tokenizer.ggml.model") ?? throw ModelMetadata.MissingKey("tokenizer.ggml.model");
        var pre = metadata.Text("tokenizer.ggml.pre");
        var family = TokenizerDefaults.For(model, pre);
        var bos = SpecialId(metadata, "tokenizer.ggml.bos_token_id", family.BosId, tokens.Length);
        var eos = SpecialId(metadata, "tokenizer.ggml.eos_token_id", family.EosId, tokens.Length);
        var kinds = PerToken(metadata, "tokenizer.ggml.token_type", tokens.Length, ToTokenKind)
            ?? [.. Enumerable.Repeat(TokenKind.Normal, tokens.Length)];
        return new Vocabulary
        {
            Model = model,
            PreTokenizerName = pre,
            Tokens = tokens,
            Kinds = kinds,
            StripsRight = FindRightStripping(metadata.TextOrNull("general.name"), tokens, kinds),
            Merges = metadata.Texts("tokenizer.ggml.merges"),
            Scores = PerToken(metadata, "tokenizer.ggml.scores", tokens.Length, number => (float)number),
            BosId = bos,
            EosId = eos,
            AddBos = bos is not null && (family.ForcesBos || (metadata.Flag("tokenizer.ggml.add_bos_token") ?? family.AddsBos)),
            AddEos = eos is not null && (metadata.Flag("tokenizer.ggml.add_eos_token") ?? family.AddsEos),
            AddSpacePrefix = metadata.Flag("tokenizer.ggml.add_space_prefix") ?? family.AddsSpacePrefix,
        };
    }

    /// <summary>An id outside the vocabulary is ignored, as in llama.cpp.</summary>
    private static int? SpecialId(ModelMetadata metadata, string key, int? byDefault, int count) =>
        metadata.LongInteger(key) is >= 0 and var id && id < count ? (int)id
        : byDefault < count ? byDefault : null;

    private static T[]? PerToken<T>(ModelMetadata metadata, string key, int count, Func<decimal, T> convert) where T : struct
    {
        if (metadata.Numbers(key, convert) is not { Length: > 0 } values)
            return null;
        return values.Length >= count
            ? values[..count]
            : throw new ModelFormatException($"{key} has {values.Length} entries; it must have {count}, one for each token");
    }

    // llama.cpp knows these models by their name, and sets the attribute of all special tokens but these.
    private static IReadOnlySet<int> FindRightStripping(string? name, string[] tokens, TokenKind[] kinds) =>
        name is not null && (name.Contains("phi-3", StringComparison.OrdinalIgnoreCase)
            || name.Contains("phi3", StringComparison.OrdinalIgnoreCase))
            ? Enumerable.Range(0, tokens.Length)
                .Where(id => (kinds[id] is TokenKind.Control or TokenKind.UserDefined or TokenKind.Unknown || tokens[id] == "</s>")
                    && tokens[id] is not ("<unk>" or "<s>" or "<|endoftext|>"))
                .ToHashSet()
            : new HashSet<int>();

    private static TokenKind ToTokenKind(decimal number) => number is >= 0 and <= 6 ? (TokenKind)(int)number : TokenKind.Undefined;

    /// <summary>llama.cpp's defaults for a family of tokenizers.</summary>
    private sealed record TokenizerDefaults(int? BosId, int? EosId, bool AddsBos = false, bool AddsEos = false,
        bool AddsSpacePrefix = false, bool ForcesBos = false)
    {
        public static TokenizerDefaults For(string model, string? pre) => model switch
        {
            "llama" => new(1, 2, AddsBos: true, AddsSpacePrefix: true),
            "gpt2" => pre switch
            {
                "gemma4" or "granite-embed-multi-311m" => new(11, 11, AddsBos: true, ForcesBos: true),
                "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "falcon-h1" or "pixtral" or "midm-2.0" or "lfm2" or "jina-v5-nano"
                    or "tekken" or "chameleon" => new(11, 11, AddsBos: true),
                "glm4" or "chatglm-bpe" => new(null, 11),
                _ => new(11, 11),
            },
            "gemma4" => new(null, null, AddsBos: true, ForcesBos: true),
            "bert" => new(101, null, AddsBos: true),
            "t5" => new(null, 1, AddsEos: true),
            "plamo2" => new(1, 2),
            _ => new(null, null),
        };
    }
}
