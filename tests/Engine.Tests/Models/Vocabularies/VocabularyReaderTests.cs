using MemoryWall.Models;
using MemoryWall.Models.Vocabularies;
using static MemoryWall.Engine.Tests.Models.Shapes.Described;

namespace MemoryWall.Engine.Tests.Models.Vocabularies;

public sealed class VocabularyReaderTests
{
    private static readonly string[] s_tokens = [.. Enumerable.Range(0, 200).Select(id => $"t{id}")];

    private static Vocabulary Read(params (string, object)[] keys) =>
        VocabularyReader.Read(Model("llama", [("tokenizer.ggml.tokens", s_tokens), .. keys]))!;

    [Theory]
    [InlineData("llama", null, 1, 2, "bos space")]
    [InlineData("gpt2", null, 11, 11, "")]
    [InlineData("gpt2", "gpt-2", 11, 11, "")]
    [InlineData("gpt2", "qwen2", 11, 11, "")]
    [InlineData("gpt2", "llama-bpe", 11, 11, "bos")]
    [InlineData("gpt2", "tekken", 11, 11, "bos")]
    [InlineData("gpt2", "glm4", null, 11, "")]
    [InlineData("gemma4", null, null, null, "")]
    [InlineData("bert", null, 101, null, "bos")]
    [InlineData("t5", null, null, 1, "eos")]
    [InlineData("rwkv", null, null, null, "")]
    public void Read_KeysMissing_TakesLlamaCppsDefaults(string model, string? pre, int? bos, int? eos, string added)
    {
        var vocabulary = pre is null
            ? Read(("tokenizer.ggml.model", model))
            : Read(("tokenizer.ggml.model", model), ("tokenizer.ggml.pre", pre));

        Assert.Equal((bos, eos, added), (vocabulary.BosId, vocabulary.EosId, DescribeAdded(vocabulary)));
    }

    [Theory]
    [InlineData("Phi-3 mini 4k", "3 4")]
    [InlineData("phi3-medium", "3 4")]
    [InlineData("Llama 3", "")]
    [InlineData(null, "")]
    public void Read_Phi3_StripsTheTextAfterItsSpecialTokens(string? name, string stripping)
    {
        string[] tokens = ["<unk>", "<s>", "a", "</s>", "<|end|>", "<|endoftext|>"];
        var vocabulary = VocabularyReader.Read(Model("llama",
            [("tokenizer.ggml.tokens", tokens), ("tokenizer.ggml.model", "llama"),
                ("tokenizer.ggml.token_type", new[] { 2, 3, 1, 1, 4, 3 }),
                .. name is null ? Array.Empty<(string, object)>() : [("general.name", name)]]))!;
        Assert.Equal(stripping, string.Join(' ', vocabulary.StripsRight.Order()));
    }

    // For example "bos space": what the tokenizer adds to a text.
    private static string DescribeAdded(Vocabulary vocabulary) => string.Join(' ',
        new[] { (vocabulary.AddBos, "bos"), (vocabulary.AddEos, "eos"), (vocabulary.AddSpacePrefix, "space") }
            .Where(part => part.Item1).Select(part => part.Item2));

    [Fact]
    public void Read_KeysThere_AreTaken()
    {
        var vocabulary = Read(("tokenizer.ggml.model", "llama"), ("tokenizer.ggml.bos_token_id", 7u), ("tokenizer.ggml.eos_token_id", 8u),
            ("tokenizer.ggml.add_bos_token", false), ("tokenizer.ggml.add_eos_token", true), ("tokenizer.ggml.add_space_prefix", false),
            ("tokenizer.ggml.token_type", Enumerable.Repeat(6, 199).Append(99).ToArray()),
            ("tokenizer.ggml.scores", Enumerable.Repeat(-1.5f, 200).ToArray()));

        Assert.Equal((7, 8, false, true, false),
            (vocabulary.BosId, vocabulary.EosId, vocabulary.AddBos, vocabulary.AddEos, vocabulary.AddSpacePrefix));
        Assert.Equal(TokenKind.Byte, vocabulary.Kinds[0]);
        Assert.Equal(TokenKind.Undefined, vocabulary.Kinds[199]);
        Assert.Equal(-1.5f, vocabulary.Scores![3]);
        Assert.Null(vocabulary.Merges);
    }

    [Fact]
    public void Read_Gemma4_PutsBosWhateverItsKeySays()
    {
        var vocabulary = Read(("tokenizer.ggml.model", "gemma4"), ("tokenizer.ggml.bos_token_id", 2u),
            ("tokenizer.ggml.add_bos_token", false));

        Assert.True(vocabulary.AddBos);
    }

    [Fact]
    public void Read_IdOutsideTheVocabulary_IsIgnored()
    {
        var vocabulary = Read(("tokenizer.ggml.model", "gpt2"), ("tokenizer.ggml.bos_token_id", 200u), ("tokenizer.ggml.eos_token_id", -1));

        Assert.Equal((11, 11), (vocabulary.BosId, vocabulary.EosId));
    }

    [Fact]
    public void Read_NoKinds_AreNormal() =>
        Assert.All(Read(("tokenizer.ggml.model", "gpt2")).Kinds, kind => Assert.Equal(TokenKind.Normal, kind));

    [Fact]
    public void Read_NoTokens_IsNull() => Assert.Null(VocabularyReader.Read(Model("llama", ("tokenizer.ggml.model", "no_vocab"))));

    [Theory]
    [InlineData("tokenizer.ggml.token_type", new[] { 1, 2 }, "tokenizer.ggml.token_type has 2 entries")]
    [InlineData("tokenizer.ggml.scores", "none", "tokenizer.ggml.scores is 'none'")]
    [InlineData("tokenizer.ggml.add_bos_token", 1u, "tokenizer.ggml.add_bos_token is 1")]
    public void Read_WrongPart_IsNamed(string key, object value, string message)
    {
        var error = Assert.Throws<ModelFormatException>(() => Read(("tokenizer.ggml.model", "llama"), (key, value)));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
