using System.Text.Json;
using CsCheck;
using MemoryWall.Core.Facts;
using MemoryWall.Models;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Engine.Tests.Models.Shapes;

public sealed class OllamaShowReaderTests
{
    private const string Plain = """
        { "details": {}, "capabilities": ["completion"], "model_info": {
          "general.architecture": "llama", "general.parameter_count": 1235814432, "general.file_type": 15, "llama.attention.head_count": 32,
          "llama.attention.head_count_kv": 8, "llama.attention.layer_norm_rms_epsilon": 0.00001, "llama.block_count": 16,
          "llama.context_length": 131072,
          "llama.embedding_length": 2048, "llama.rope.freq_base": 500000, "llama.vocab_size": 128256,
          "tokenizer.ggml.bos_token_id": 1, "tokenizer.ggml.merges": null, "tokenizer.ggml.model": "gpt2",
          "tokenizer.ggml.pre": "llama-bpe",
          "tokenizer.ggml.tokens": null } }
        """;

    private const string Verbose = """
        { "model_info": { "general.architecture": "llama", "llama.attention.head_count": 4, "llama.block_count": 1,
          "llama.embedding_length": 64,
          "tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": ["<unk>", "<s>", "</s>", "a"],
          "tokenizer.ggml.token_type": [2, 3, 3, 1],
          "tokenizer.ggml.scores": [0, 0, 0, -1.5] },
          "tensors": [ { "name": "token_embd.weight", "type": "Q4_K", "shape": [256, 4] },
            { "name": "blk.0.attn_q.weight", "type": "F16", "shape": [64, 64] } ] }
        """;

    private static ModelMetadata FromJson(string json) => ModelMetadata.FromOllamaShow(JsonDocument.Parse(json).RootElement);

    [Fact]
    public void FromShow_NotVerbose_GivesTheShapeWithoutTheWeights()
    {
        var shape = ModelShapeReader.Read(FromJson(Plain));

        Assert.Equal(128_256, shape.VocabularySize);
        Assert.Equal(1_235_814_432, shape.ParameterCount);
        Assert.Null(shape.WeightBytes);
        Assert.Null(shape.ActiveWeightBytes);
        Assert.Equal(Enumerable.Repeat(new AttentionLayer(32, 8, 64, 64), 16), shape.Layers);
        Assert.Null(VocabularyReader.Read(FromJson(Plain)));
    }

    [Fact]
    public void FromShow_Verbose_GivesWeightsAndVocabulary()
    {
        var shape = ModelShapeReader.Read(FromJson(Verbose));
        var vocabulary = VocabularyReader.Read(FromJson(Verbose))!;

        Assert.Equal(4 * 144 + 64 * 64 * 2, shape.WeightBytes);
        Assert.Equal(256 * 4 + 64 * 64, shape.ParameterCount);
        Assert.Equal(4, shape.VocabularySize);
        Assert.Equal(["<unk>", "<s>", "</s>", "a"], vocabulary.Tokens);
        Assert.Equal([TokenKind.Unknown, TokenKind.Control, TokenKind.Control, TokenKind.Normal], vocabulary.Kinds);
        Assert.Equal([0, 0, 0, -1.5f], vocabulary.Scores!);
        Assert.True(vocabulary.AddBos);
    }

    [Fact]
    public void FromShow_UnknownTensorType_LeavesWeightsUnknown()
    {
        var shape = ModelShapeReader.Read(FromJson(Verbose.Replace("Q4_K", "Q9_Z", StringComparison.Ordinal)));

        Assert.Null(shape.WeightBytes);
        Assert.Null(shape.ActiveWeightBytes);
        Assert.Equal(256 * 4 + 64 * 64, shape.ParameterCount);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    public void Read_WithheldHeadsPerLayer_AsksForVerboseInsteadOfGuessing(string withheld)
    {
        var json = Plain.Replace("\"llama.attention.head_count_kv\": 8", $"\"llama.attention.head_count_kv\": {withheld}",
            StringComparison.Ordinal);

        var error = Assert.Throws<ModelFormatException>(() => ModelShapeReader.Read(FromJson(json)));

        Assert.Contains("llama.attention.head_count_kv", error.Message, StringComparison.Ordinal);
        Assert.Contains("verbose", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WithheldPatternOfAKnownArchitecture_FollowsTheArchitecture()
    {
        var layers = ModelShapeReader.Read(FromJson("""
            { "model_info": { "general.architecture": "gemma3", "gemma3.block_count": 12, "gemma3.embedding_length": 1024,
              "gemma3.attention.head_count": 8,
              "gemma3.attention.sliding_window": 512, "gemma3.attention.sliding_window_pattern": null,
              "gemma3.feed_forward_length": null } }
            """)).Layers;

        Assert.Equal(10, layers.Cast<AttentionLayer>().Count(layer => layer.SlidingWindow == 512));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("""{ "model_info": null }""")]
    [InlineData("""{ "model_info": { "a": {} } }""")]
    [InlineData("""{ "model_info": { "a": [{}] } }""")]
    [InlineData("""{ "model_info": { "a": [1, "b"] } }""")]
    [InlineData("""{ "model_info": {}, "tensors": [1] }""")]
    [InlineData("""{ "model_info": { "a": "\ud800" } }""")]
    [InlineData("""{ "model_info": { "a": ["\ud800"] } }""")]
    [InlineData("""{ "model_info": { "\ud800": 1 } }""")]
    [InlineData("""{ "model_info": {}, "tensors": [{ "name": 1, "shape": [] }] }""")]
    public void FromShow_Nonsense_IsAClearError(string json) => Assert.Throws<ModelFormatException>(() => FromJson(json));

    [Fact]
    public void Read_AnyChangeOfTheAnswer_EndsWithAShapeOrAClearError()
    {
        string[] values = ["null", "0", "-1", "1e300", "99999999999999999999", "\"x\"", "true", "[]", "[1]", "[-1.5, 2]", "[\"a\"]",
            "[true]", "[null]", "{}"];
        (from verbose in Gen.Bool
         let text = verbose ? Verbose : Plain
         from at in Gen.Int[0, text.Length - 1]
         from value in Gen.Int[0, values.Length - 1]
         select Replaced(text, at, values[value]))
        .Sample(json =>
        {
            try
            {
                var metadata = FromJson(json);
                ModelShapeReader.Read(metadata);
                VocabularyReader.Read(metadata);
            }
            catch (Exception e) when (e is ModelFormatException or JsonException)
            {
            }
        }, iter: FuzzRange.Inputs.Count);

        // Replaces the value after the next colon.
        static string Replaced(string text, int at, string value)
        {
            var colon = text.IndexOf(": ", at, StringComparison.Ordinal);
            if (colon < 0)
                return text;
            var end = text.IndexOfAny([',', '}', '\n'], colon);
            return text[..(colon + 2)] + value + text[end..];
        }
    }
}
