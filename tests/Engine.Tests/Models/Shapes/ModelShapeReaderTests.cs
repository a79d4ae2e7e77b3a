using MemoryWall.Core.Facts;
using MemoryWall.Models;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;
using static MemoryWall.Engine.Tests.Models.Shapes.Described;

namespace MemoryWall.Engine.Tests.Models.Shapes;

public sealed class ModelShapeReaderTests
{
    [Fact]
    public void Read_Llama31With8B_IsItsPublishedShape()
    {
        var shape = ModelShapeReader.Read(Model("llama", Transformer(32, 4096, 32, 8,
            ("context_length", 131_072u), ("vocab_size", 128_256u), ("general.name", "Llama 3.1 8B"))));

        Assert.Equal("llama", shape.Architecture);
        Assert.Equal("Llama 3.1 8B", shape.Name);
        Assert.Equal(4096, shape.EmbeddingLength);
        Assert.Equal(128_256, shape.VocabularySize);
        Assert.Equal(131_072, shape.TrainedContextTokens);
        Assert.Null(shape.ExpertCount);
        Assert.Null(shape.WeightBytes);
        Assert.Equal(Enumerable.Repeat(new AttentionLayer(32, 8, 128, 128), 32), shape.Layers);
    }

    [Fact]
    public void Read_Qwen3_TakesKeyWidthFromItsKeyNotFromTheEmbedding()
    {
        // Qwen3-4B: 2560 wide with 32 heads of 128.
        var layers = Layers("qwen3", Transformer(36, 2560, 32, 8, ("attention.key_length", 128u), ("attention.value_length", 128u)));

        Assert.Equal(Enumerable.Repeat(new AttentionLayer(32, 8, 128, 128), 36), layers);
    }

    [Fact]
    public void Read_NoKvHeads_AreAsManyAsHeads()
    {
        var layers = Layers("gpt2", ("block_count", 12u), ("embedding_length", 768u), ("attention.head_count", 12u));

        Assert.Equal(Enumerable.Repeat(new AttentionLayer(12, 12, 64, 64), 12), layers);
    }

    [Fact]
    public void Read_HeadsPerLayer_AreTakenPerLayer()
    {
        // As in OpenELM and Nemotron's pruned models (deci); a deci layer without heads has no attention.
        var layers = Layers("deci", ("block_count", 3u), ("embedding_length", 1024u),
            ("attention.head_count", new[] { 16, 16, 0 }), ("attention.head_count_kv", new[] { 4, 2, 0 }));

        Assert.Equal([new AttentionLayer(16, 4, 64, 64), new AttentionLayer(16, 2, 64, 64), new AttentionLayer(0, 0, 64, 64)], layers);
    }

    [Fact]
    public void Read_DeepSeekV3_KeepsTheLatentOnly()
    {
        var layers = Layers("deepseek2", Transformer(61, 7168, 128, 1,
            ("attention.key_length", 576u), ("attention.value_length", 512u), ("attention.key_length_mla", 192u),
            ("attention.value_length_mla", 128u),
            ("attention.kv_lora_rank", 512u), ("attention.q_lora_rank", 1536u), ("rope.dimension_count", 64u)));

        var expected = new LatentAttentionLayer(128, 512, 64) { QueryLength = 192, ValueLength = 128, QueryRank = 1536 };
        Assert.Equal(Enumerable.Repeat(expected, 61), layers);
    }

    [Fact]
    public void Read_OldConversionOfDeepSeek2_KeepsFullHeads()
    {
        var layers = Layers("deepseek2", Transformer(27, 2048, 16, 16,
            ("attention.key_length", 192u), ("attention.value_length", 128u), ("attention.kv_lora_rank", 512u),
            ("rope.dimension_count", 64u)));

        Assert.Equal(Enumerable.Repeat(new AttentionLayer(16, 16, 192, 128), 27), layers);
    }

    [Fact]
    public void Read_KimiLinear_MixesDeltaAttentionAndLatent()
    {
        var layers = Layers("kimi-linear", ("block_count", 4u), ("embedding_length", 2304u), ("attention.head_count", 32u),
            ("attention.head_count_kv", new[] { 0, 0, 0, 1 }),
            ("attention.key_length", 576u), ("attention.value_length", 512u), ("attention.key_length_mla", 192u),
            ("attention.value_length_mla", 128u),
            ("attention.kv_lora_rank", 512u), ("ssm.conv_kernel", 4u), ("kda.head_dim", 128u));

        var delta = new RecurrentLayer(4, 4096, 128, 32) { HeadCount = 32 };
        Assert.Equal([delta, delta, delta, new LatentAttentionLayer(32, 512, 64) { QueryLength = 192, ValueLength = 128 }], layers);
        // Three convolutions' states of the inner width each: 3 × (4 − 1) × 4096.
        var state = (RecurrentLayer)layers[0];
        Assert.Equal(3 * 3 * 4096, (state.ConvolutionKernel - 1) * (state.InnerSize + 2 * state.GroupCount * state.StateSize));
    }

    [Theory]
    [InlineData("mamba", 0)]
    [InlineData("mamba2", 8)]
    public void Read_Mamba_IsRecurrentThroughout(string architecture, int groups)
    {
        (string, object)[] keys = [("block_count", 64u), ("embedding_length", 4096u), ("ssm.conv_kernel", 4u), ("ssm.inner_size", 8192u),
            ("ssm.state_size", 128u)];
        var layers = Layers(architecture, groups == 0 ? keys : [.. keys, ("ssm.group_count", (uint)groups)]);

        Assert.Equal(Enumerable.Repeat(new RecurrentLayer(4, 8192, 128, groups), 64), layers);
    }

    [Theory]
    [InlineData("jamba")]
    [InlineData("granitehybrid")]
    [InlineData("plamo2")]
    public void Read_HybridByKvHeads_IsRecurrentWhereTheyAreZero(string architecture)
    {
        var layers = Layers(architecture, ("block_count", 3u), ("embedding_length", 4096u), ("attention.head_count", 32u),
            ("attention.head_count_kv", new uint[] { 0, 8, 0 }),
            ("ssm.conv_kernel", 4u), ("ssm.inner_size", 8192u), ("ssm.state_size", 16u), ("ssm.group_count", 1u),
            ("feed_forward_length", 14336u));

        Assert.Equal([new RecurrentLayer(4, 8192, 16, 1), new AttentionLayer(32, 8, 128, 128), new RecurrentLayer(4, 8192, 16, 1)], layers);
    }

    [Fact]
    public void Read_NemotronH_HasFeedForwardLayersThatKeepNothing()
    {
        var layers = Layers("nemotron_h", ("block_count", 3u), ("embedding_length", 4480u), ("attention.head_count", 40u),
            ("attention.key_length", 128u), ("attention.value_length", 128u),
            ("attention.head_count_kv", new[] { 0, 0, 8 }), ("feed_forward_length", new[] { 0, 15680, 0 }),
            ("ssm.conv_kernel", 4u), ("ssm.inner_size", 10240u), ("ssm.state_size", 128u), ("ssm.group_count", 8u));

        Assert.Equal([new RecurrentLayer(4, 10240, 128, 8), new StatelessLayer(), new AttentionLayer(40, 8, 128, 128)],
            layers);
    }

    [Fact]
    public void Read_FalconH1_KeepsBothInEveryLayer()
    {
        var layers = Layers("falcon-h1", Transformer(2, 2048, 8, 2, ("attention.key_length", 128u), ("attention.value_length", 128u),
            ("ssm.conv_kernel", 4u), ("ssm.inner_size", 3072u), ("ssm.state_size", 256u), ("ssm.group_count", 1u)));

        Assert.Equal(
            [new RecurrentLayer(4, 3072, 256, 1), new AttentionLayer(8, 2, 128, 128), new RecurrentLayer(4, 3072, 256, 1),
                new AttentionLayer(8, 2, 128, 128)], layers);
    }

    [Fact]
    public void Read_Lfm2_HasShortConvolutions()
    {
        var layers = Layers("lfm2", ("block_count", 2u), ("embedding_length", 2048u), ("attention.head_count", 32u),
            ("attention.head_count_kv", new[] { 0, 8 }), ("shortconv.l_cache", 3u));

        Assert.Equal([new RecurrentLayer(3, 2048, 0, 0), new AttentionLayer(32, 8, 64, 64)], layers);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(4u)]
    public void Read_Qwen3Next_HasOneAttentionInFour(uint? interval)
    {
        var keys = Transformer(48, 2048, 16, 2, ("attention.key_length", 256u), ("attention.value_length", 256u),
            ("ssm.conv_kernel", 4u), ("ssm.inner_size", 4096u), ("ssm.state_size", 128u), ("ssm.group_count", 16u),
            ("ssm.time_step_rank", 32u));
        var layers = Layers("qwen3next", interval is { } told ? [.. keys, ("full_attention_interval", told)] : keys);

        Assert.Equal(12, layers.OfType<AttentionLayer>().Count());
        Assert.Equal(new AttentionLayer(16, 2, 256, 256), layers[3]);
        Assert.Equal(new RecurrentLayer(4, 4096, 128, 16) { HeadCount = 32 }, layers[0]);
    }

    [Fact]
    public void Read_Rwkv_KeepsOneMatrixAHead()
    {
        var layers = Layers("rwkv6", ("block_count", 2u), ("embedding_length", 2048u), ("wkv.head_size", 64u));

        Assert.Equal(Enumerable.Repeat(new RecurrentLayer(3, 2048, 64, 0), 2), layers);
    }

    [Fact]
    public void Read_PredictingLayers_KeepNothing()
    {
        // GLM-4.5-Air: 46 layers and one layer that only predicts further tokens.
        var layers = Layers("glm4moe",
            Transformer(47, 4096, 96, 8, ("attention.key_length", 128u), ("attention.value_length", 128u), ("nextn_predict_layers", 1u)));

        Assert.Equal(46, layers.OfType<AttentionLayer>().Count(layer => layer.KvHeadCount == 8));
        Assert.IsType<StatelessLayer>(layers[46]);
    }

    [Fact]
    public void Read_Gemma3n_SharesTheLastLayersKeys()
    {
        var layers = Layers("gemma3n",
            Transformer(35, 2048, 8, 2, ("attention.key_length", 256u), ("attention.value_length", 256u),
                ("attention.sliding_window", 512u)));

        Assert.Equal(20, layers.Cast<AttentionLayer>().Count(layer => layer.KvHeadCount == 2));
        Assert.All(layers.Skip(20).Cast<AttentionLayer>(), layer => Assert.True(layer is { KvHeadCount: 0, SharesKv: true }));
    }

    [Fact]
    public void Read_UnknownArchitecture_IsReadByTheCommonKeys()
    {
        var layers = Layers("nobody-knows", Transformer(2, 512, 8, 4, ("attention.sliding_window", 64u)));

        Assert.Equal(Enumerable.Repeat(new AttentionLayer(8, 4, 64, 64), 2), layers);
    }

    [Theory]
    [InlineData("block_count")]
    [InlineData("embedding_length")]
    [InlineData("attention.head_count")]
    public void Read_MissingKey_IsNamed(string key)
    {
        var keys = Transformer(2, 512, 8, 4).Where(pair => pair.Item1 != key).ToArray();

        var error = Assert.Throws<ModelFormatException>(() => Layers("llama", keys));

        Assert.StartsWith($"llama.{key} is missing", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("block_count", 0u, "llama.block_count is 0")]
    [InlineData("block_count", 4097u, "llama.block_count is 4097")]
    [InlineData("block_count", "many", "llama.block_count is 'many'")]
    [InlineData("embedding_length", -1, "llama.embedding_length is -1")]
    [InlineData("embedding_length", 1.5f, "llama.embedding_length is 1.5")]
    [InlineData("embedding_length", ulong.MaxValue, "llama.embedding_length is 18446744073709551615")]
    [InlineData("attention.head_count_kv", new[] { 1 }, "llama.attention.head_count_kv has 1 entries")]
    [InlineData("context_length", double.NaN, "llama.context_length is NaN")]
    public void Read_WrongValue_IsNamedWithWhatItWas(string key, object value, string message)
    {
        var keys = Transformer(2, 512, 8, 4).Where(pair => pair.Item1 != key).Append((key, value)).ToArray();

        var error = Assert.Throws<ModelFormatException>(() => Layers("llama", keys));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoArchitecture_IsNamed()
    {
        var header = new GgufHeader
        {
            Version = 3,
            Alignment = 32,
            DataOffset = 0,
            Metadata = new Dictionary<string, object>(),
            Tensors = []
        };

        var error = Assert.Throws<ModelFormatException>(() => ModelShapeReader.Read(ModelMetadata.FromHeader(header)));

        Assert.Contains("general.architecture is missing", error.Message, StringComparison.Ordinal);
    }
}
