using MemoryWall.Core.Facts;
using MemoryWall.Models;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;
using static MemoryWall.Engine.Tests.Models.Shapes.Described;

namespace MemoryWall.Engine.Tests.Models.Forecast;

/// <summary>Layers of architectures that compress or choose what they attend to, as llama.cpp builds them.</summary>
public sealed class SparseLayerTests
{
    private static readonly (string, object)[] s_index = [("attention.indexer.head_count", 4u), ("attention.indexer.key_length", 128u),
        ("attention.indexer.top_k", 256u)];

    private static readonly (string, object)[] s_latent = [("attention.key_length", 160u), ("attention.value_length", 128u),
        ("attention.key_length_mla", 96u), ("attention.value_length_mla", 64u), ("attention.kv_lora_rank", 128u),
        ("rope.dimension_count", 32u), ("attention.q_lora_rank", 96u), .. s_index];

    private static (string, object)[] Compressed(uint layers, int[] ratios, params (string, object)[] more) =>
        Transformer(layers, 256, 8, 1, [("attention.key_length", 128u), ("attention.value_length", 128u),
            ("attention.sliding_window", 1024u), ("attention.q_lora_rank", 96u), ("attention.output_lora_rank", 64u),
            ("attention.output_group_count", 2u), ("attention.compress_ratios", ratios), .. s_index, .. more]);

    [Fact]
    public void Read_DeepSeekV4_OnlyLayersThatCompressFourTokensHaveAnIndexer()
    {
        var layers = Layers("deepseek4", Compressed(3, [0, 4, 128]));

        var window = new CompressedAttentionLayer(8, 128, 1024, 0) { QueryRank = 96, OutputRank = 128 };
        Assert.Equal([window, window with { Ratio = 4, IndexerLength = 128, IndexerHeads = 4, IndexerCount = 256 },
            window with { Ratio = 128 }], layers);
    }

    [Fact]
    public void Read_DeepSeekV4_TheDraftingLayerHasTheWindowOnly()
    {
        var shape = ModelShapeReader.Read(Model("deepseek4", Compressed(3, [4, 4, 4], ("nextn_predict_layers", 1u))));

        Assert.Equal([4, 4, 0], shape.Layers.Cast<CompressedAttentionLayer>().Select(layer => layer.Ratio));
    }

    [Fact]
    public void Read_DeepSeekV4WithoutItsWindow_SaysWhichKeyIsMissing()
    {
        var keys = Compressed(3, [0, 4, 128]).Where(pair => pair.Item1 != "attention.sliding_window");

        var error = Assert.ThrowsAny<Exception>(() => Layers("deepseek4", [.. keys]));
        Assert.Contains("deepseek4.attention.sliding_window", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compute_DeepSeekV4_EachSlotHasCachesOfItsOwnAlsoWhereOneIsShared()
    {
        var shape = ModelShapeReader.Read(Model("deepseek4", Compressed(3, [0, 4, 128])));
        ForecastRow Row(int slots) => MemoryForecast.Compute(shape, new() { Sequences = slots, UnifiedCache = true }, 32_768);

        Assert.Equal(4 * Row(1).KvBytes, Row(4).KvBytes);
        Assert.Equal(4 * Row(1).RecurrentBytes, Row(4).RecurrentBytes);
    }

    [Fact]
    public void Read_Dots3_LayersWithAWindowHaveWidthsOfTheirOwnAndNoIndexer()
    {
        var layers = Layers("dots3note", Transformer(4, 256, 8, 1, [.. s_latent, ("attention.key_length_swa", 96u),
            ("attention.value_length_swa", 64u), ("attention.kv_lora_rank_swa", 64u), ("attention.key_length_mla_swa", 80u),
            ("attention.value_length_mla_swa", 48u), ("rope.dimension_count_swa", 32u), ("attention.sliding_window", 1024u),
            ("attention.sliding_window_pattern", new[] { true, true, true, false }),
            ("attention.indexer.types", new[] { 1, 0, 0, 1 })]));

        Assert.Equal(Enumerable.Repeat<LayerShape>(
                new LatentAttentionLayer(8, 64, 32) { SlidingWindow = 1024, QueryLength = 80, ValueLength = 48, QueryRank = 96 }, 3)
            .Append(new LatentAttentionLayer(8, 128, 32)
            {
                QueryLength = 96,
                ValueLength = 64,
                QueryRank = 96,
                IndexerLength = 128,
                IndexerHeads = 4,
                IndexerCount = 256,
            }), layers);
    }

    [Theory]
    [InlineData(256u, new[] { 128, 0, 128 })]
    [InlineData(0u, new[] { 0, 0, 0 })]
    public void Read_HyV4_IndexesTheLayersThatItsTypesName(uint chosen, int[] lengths) =>
        Assert.Equal(lengths, Layers("hy_v4", Transformer(3, 256, 8, 1, [.. s_latent.Where(pair => pair.Item1 != "attention.indexer.top_k"),
                ("attention.indexer.top_k", chosen), ("attention.indexer.types", new[] { 1, 0, 1 })]))
            .Cast<LatentAttentionLayer>().Select(layer => layer.IndexerLength));

    [Fact]
    public void Read_Glm5Next_IndexesGroupsOfTokensWithThreeRowsEach()
    {
        var layers = Layers("glm5-next", Transformer(3, 256, 8, 1, [.. s_latent, ("attention.head_count_kv", new[] { 0, 1, 1 }),
            ("ssm.conv_kernel", 4u), ("kda.head_dim", 64u), ("attention.indexer.kpool", 4u),
            ("attention.indexer.types", new[] { 0, 1, 0 })]));

        Assert.IsType<RecurrentLayer>(layers[0]);
        Assert.Equal([new PooledIndex(128, 3, 4, 4, 256), null], layers.OfType<LatentAttentionLayer>().Select(layer => layer.Index));
    }

    private static (string, object)[] Qwen4(uint kernel) => Transformer(4, 256, 8, 2, [.. s_index, ("attention.key_length", 32u),
        ("attention.value_length", 32u), ("full_attention_interval", 4u), ("ssm.conv_kernel", 4u), ("ssm.inner_size", 512u),
        ("ssm.state_size", 64u), ("ssm.group_count", 2u), ("ssm.time_step_rank", 8u), ("hyper_connection.count", 4u),
        ("attention.compress_ratios", new[] { 0, 0, 0, 4 }), ("ple.layers", new[] { 1 }), ("ple.ngram_size", 2u),
        ("ple.conv_kernel", kernel)]);

    [Fact]
    public void Read_Qwen4_OneLayerKeepsEmbeddingsAndAttentionIndexesGroups()
    {
        var layers = Layers("qwen4exp", Qwen4(4));

        Assert.Equal([0, 3 * 2 * 4 * 256, 0], layers.OfType<RecurrentLayer>().Select(layer => layer.EmbeddingHistory));
        Assert.Equal(new PooledIndex(128, 2, 4, 4, 256), Assert.IsType<AttentionLayer>(layers[3]).Index);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(2_000_000_000u)]
    public void Read_Qwen4WithAnImpossibleConvolution_NamesTheKey(uint kernel)
    {
        var error = Assert.Throws<ModelFormatException>(() => Layers("qwen4exp", Qwen4(kernel)));
        Assert.Contains("qwen4exp.ple.conv_kernel", error.Message, StringComparison.Ordinal);
    }

    // Small models of six layers, as llama-server (build 11669, no GPU) prints them for 32,768 tokens.
    private static readonly Dictionary<string, (string, object)[]> s_served = new()
    {
        ["deepseek4"] = [.. Compressed(6, [0, 4, 128, 0, 4, 128]).Where(pair => pair.Item1 is not ("attention.key_length"
                or "attention.value_length")), ("attention.key_length", 256u), ("attention.value_length", 256u),
            ("hyper_connection.count", 4u), .. Experts(1)],
        ["dots3note"] = [.. Transformer(6, 256, 8, 1, s_latent), ("attention.key_length_swa", 96u), ("attention.value_length_swa", 64u),
            ("attention.kv_lora_rank_swa", 64u), ("attention.key_length_mla_swa", 80u), ("attention.value_length_mla_swa", 48u),
            ("rope.dimension_count_swa", 32u), ("attention.sliding_window", 1024u),
            ("attention.sliding_window_pattern", new[] { true, true, true, false, true, true }),
            ("attention.indexer.types", new[] { 0, 0, 0, 1, 0, 0 }), .. Experts(1)],
    };

    private static (string, object)[] Experts(uint shared) => [("feed_forward_length", 640u), ("vocab_size", 2000u), ("expert_count", 8u),
        ("expert_used_count", 2u), ("expert_feed_forward_length", 96u), ("expert_shared_count", shared)];

    [Theory]
    [InlineData("deepseek4", 4, true, 67.00, 2.37, 75.39)]
    [InlineData("deepseek4", 1, false, 16.75, 0.59, 253.64)]
    [InlineData("dots3note", 4, true, 22.22, 0, 142.08)]
    [InlineData("dots3note", 1, false, 19.41, 0, 692.58)]
    public void Compute_SparseArchitectures_AreAsPrinted(
        string architecture, int slots, bool flash, double kv, double states, double compute)
    {
        var settings = new ServerOptions { Slots = slots, Unified = true }.Apply(new() { FlashAttention = flash });
        var row = MemoryForecast.Compute(ModelShapeReader.Read(Model(architecture, s_served[architecture])), settings, 32_768);

        Assert.Equal(kv, row.KvBytes / (double)(1 << 20), 0.016);
        Assert.Equal(states, row.RecurrentBytes / (double)(1 << 20), 0.006);
        Assert.InRange(row.ComputeBytes!.Value / (double)(1 << 20), compute * 0.95, compute * 1.05);
    }
}
