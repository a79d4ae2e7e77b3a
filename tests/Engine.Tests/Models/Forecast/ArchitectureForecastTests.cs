using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;
using static MemoryWall.Engine.Tests.Models.Shapes.Described;

namespace MemoryWall.Engine.Tests.Models.Forecast;

/// <summary>Caches of architectures that differ from the common one, as llama.cpp prints them.</summary>
public sealed class ArchitectureForecastTests
{
    private const double MiB = 1 << 20;
    private static readonly ForecastSettings s_oneSlot = new();
    private static readonly ForecastSettings s_served = new ServerOptions { Slots = 1 }.Apply(new());

    private static ForecastRow Compute(string architecture, (string, object)[] keys, ForecastSettings settings, int context) =>
        MemoryForecast.Compute(ModelShapeReader.Read(Model(architecture, keys)), settings, context);

    private static void AssertMib(double printed, long bytes) => Assert.Equal(printed, bytes / MiB, 0.006);

    [Theory]
    [InlineData("lfm2")]
    [InlineData("lfm2moe")]
    public void Compute_Lfm2_KeepsShortConvolutions(string architecture)
    {
        // LFM2-1.2B: 6 of 16 layers have attention.
        int[] kv = [0, 0, 8, 0, 0, 8, 0, 0, 8, 0, 8, 0, 8, 0, 8, 0];
        var row = Compute(architecture, [("block_count", 16u), ("embedding_length", 2048u), ("attention.head_count", 32u),
            ("attention.head_count_kv", kv), ("shortconv.l_cache", 3u)], s_oneSlot, 8192);

        AssertMib(96, row.KvBytes);
        AssertMib(0.16, row.RecurrentBytes);
    }

    [Fact]
    public void Compute_Lfm2WithWindow_SlidesWhereThereIsAttention() =>
        Assert.Equal([new RecurrentLayer(3, 2048, 0, 0), new AttentionLayer(32, 8, 64, 64, 1024)],
            Layers("lfm2", ("block_count", 2u), ("embedding_length", 2048u), ("attention.head_count", 32u),
                ("attention.head_count_kv", new[] { 0, 8 }), ("shortconv.l_cache", 3u), ("attention.sliding_window", 1024u)));

    // As a llama-server of build 11669 prints them for small models of 6 layers.
    [Theory]
    [InlineData(true, false, 52.00, 37.39)]
    [InlineData(false, false, 54.00, 579.14)]
    [InlineData(true, true, 27.62, 37.39)]
    public void Compute_GraniteSwitch_HasARowForTheHeadThatChoosesTheAdapter(bool flash, bool isQuantized, double kv, double compute)
    {
        var type = isQuantized ? KvCacheType.Q8_0 : KvCacheType.F16;
        var row = Compute("graniteswitch", [.. Transformer(6, 256, 8, 2, ("feed_forward_length", 640u)), ("vocab_size", 2000u)],
            s_served with { FlashAttention = flash, KeyType = type, ValueType = type }, 32_768);

        AssertMib(kv, row.KvBytes);
        Assert.InRange(row.ComputeBytes!.Value / MiB, compute * 0.95, compute * 1.05);
    }

    [Theory]
    [InlineData(1, true, 16.00, 0.12, 60.55)]
    [InlineData(1, false, 16.00, 0.12, 586.80)]
    [InlineData(4, true, 16.00, 0.50, 60.55)]
    public void Compute_MiniMax01_KeepsASquareOfEachHeadInLightningLayers(int slots, bool flash, double kv, double states, double compute)
    {
        var row = Compute("minimax-01", [.. Transformer(6, 256, 8, 2, ("feed_forward_length", 640u), ("expert_count", 8u),
                ("expert_used_count", 2u), ("full_attention_interval", 3u)), ("vocab_size", 2000u)],
            s_served with { FlashAttention = flash, Sequences = slots, UnifiedCache = true }, 32_768);

        AssertMib(kv, row.KvBytes);
        AssertMib(states, row.RecurrentBytes);
        Assert.InRange(row.ComputeBytes!.Value / MiB, compute * 0.95, compute * 1.05);
    }

    [Fact]
    public void Compute_MiniMax01WithoutItsInterval_HasAttentionInEveryEighthLayer() =>
        Assert.Equal([false, false, false, false, false, false, false, true],
            Layers("minimax-01", Transformer(8, 256, 8, 2)).Select(layer => layer is AttentionLayer));

    private static (string, object)[] SparseLatent(uint layers, params (string, object)[] more) =>
        Transformer(layers, 7168, 128, 1, [("attention.key_length", 576u), ("attention.value_length", 512u),
            ("attention.key_length_mla", 192u), ("attention.value_length_mla", 128u), ("attention.kv_lora_rank", 512u),
            ("rope.dimension_count", 64u), ("attention.indexer.key_length", 128u), .. more]);

    [Fact]
    public void Compute_DeepSeekV32_AddsTheIndexersKeys()
    {
        var row = Compute("deepseek32", SparseLatent(61), s_oneSlot, 8192);
        AssertMib(671, row.KvBytes);
        // The layer that only drafts has a row in neither cache.
        Assert.Equal(row.KvBytes, Compute("deepseek32", SparseLatent(62, ("nextn_predict_layers", 1u)), s_oneSlot, 8192).KvBytes);
    }

    [Theory]
    [InlineData(131_072u, 78)]
    [InlineData(1_048_576u, 21)]
    public void Compute_Glm5_StoresTheIndexersKeysWhereTheyAreComputed(uint trained, int indexers)
    {
        var layers = Layers("glm-dsa", SparseLatent(79, ("nextn_predict_layers", 1u), ("context_length", trained)));

        Assert.Equal(78, layers.OfType<LatentAttentionLayer>().Count());
        Assert.Equal(indexers, layers.OfType<LatentAttentionLayer>().Count(layer => layer.IndexerLength == 128));
    }

    [Fact]
    public void Compute_MiniMaxM3_StoresKeyAndValueOfTheIndexer()
    {
        var layers = Layers("minimax-m3", Transformer(3, 1024, 8, 2, ("attention.key_length", 128u), ("attention.value_length", 128u),
            ("leading_dense_block_count", 1u), ("attention.indexer.key_length", 64u)));
        var row = Compute("minimax-m3", Transformer(3, 1024, 8, 2, ("attention.key_length", 128u), ("attention.value_length", 128u),
            ("leading_dense_block_count", 1u), ("attention.indexer.key_length", 64u)), s_oneSlot, 1024);

        Assert.Equal([0, 64, 64], layers.Cast<AttentionLayer>().Select(layer => layer.IndexerLength));
        Assert.Equal(1024 * 2 * (3 * 2 * 2 * 128 + 2 * (64 + 128)), row.KvBytes);
    }

    private static readonly (string, object)[] s_nemotronNano = [("block_count", 56u), ("embedding_length", 4480u),
        ("attention.head_count", 40u), ("attention.key_length", 128u), ("attention.value_length", 128u),
        ("attention.head_count_kv", Enumerable.Range(0, 56).Select(i => i is 14 or 21 or 30 or 39 ? 8 : 0).ToArray()),
        ("feed_forward_length", Enumerable.Range(0, 56).Select(i => i is 14 or 21 or 30 or 39 || i % 2 == 0 ? 0 : 15680).ToArray()),
        ("ssm.conv_kernel", 4u), ("ssm.inner_size", 10240u), ("ssm.state_size", 128u), ("ssm.group_count", 8u)];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Compute_NemotronH_FeedForwardLayersHaveNoCacheEvenWithoutFlashAttention(bool flash) =>
        AssertMib(128, Compute("nemotron_h", s_nemotronNano, s_oneSlot with { FlashAttention = flash }, 8192).KvBytes);

    [Theory]
    [InlineData(true, 64)]
    [InlineData(false, 80)]
    public void Compute_DeciWithoutFlashAttention_PadsPrunedLayersToo(bool flash, double printed)
    {
        (string, object)[] keys = [("block_count", 3u), ("embedding_length", 1024u), ("attention.head_count", new[] { 8, 8, 0 }),
            ("attention.head_count_kv", new[] { 8, 8, 0 })];

        AssertMib(printed, Compute("deci", keys, s_oneSlot with { FlashAttention = flash }, 8192).KvBytes);
    }

    [Theory]
    [InlineData("gemma3n")]
    [InlineData("gemma4")]
    public void Compute_SharedLayersWithoutFlashAttention_HaveNoCache(string architecture)
    {
        var keys = Transformer(35, 2048, 8, 2, ("attention.key_length", 256u), ("attention.value_length", 256u),
            ("attention.shared_kv_layers", 15u), ("attention.sliding_window", 512u), ("attention.sliding_window_pattern", 5u));
        var with = Compute(architecture, keys, s_oneSlot, 8192);
        var without = Compute(architecture, keys, s_oneSlot with { FlashAttention = false }, 8192);

        Assert.Equal(with.KvBytes, without.KvBytes);
    }

    private static readonly (string, object)[] s_qwen36 = Transformer(65, 5120, 24, 4, ("attention.key_length", 256u),
        ("attention.value_length", 256u), ("ssm.conv_kernel", 4u), ("ssm.inner_size", 6144u), ("ssm.state_size", 128u),
        ("ssm.group_count", 16u), ("full_attention_interval", 4u), ("nextn_predict_layers", 1u));

    [Fact]
    public void Compute_Qwen36_TheDraftingLayerIsNotRecurrentAndHasNoRow()
    {
        var shape = ModelShapeReader.Read(Model("qwen35", s_qwen36));
        var row = MemoryForecast.Compute(shape, s_oneSlot, 8192);

        Assert.Equal(149.625 * MiB, row.RecurrentBytes);
        Assert.Equal(48, shape.Layers.OfType<RecurrentLayer>().Count());
        Assert.Equal(16, shape.Layers.OfType<AttentionLayer>().Count());
        Assert.IsType<StatelessLayer>(shape.Layers[64]);
        Assert.Equal([new AttentionLayer(24, 4, 256, 256)], shape.DraftLayers);
        row = MemoryForecast.Compute(shape, s_oneSlot with { Sequences = 4, UnifiedCache = true }, 8192);
        Assert.Equal(598.5 * MiB, row.RecurrentBytes);
    }

    [Fact]
    public void Compute_BailingMoe3_TheDraftingLayerKeepsItsRow()
    {
        // 42 layers with attention in each sixth, and one that only drafts.
        var keys = SparseLatent(43, ("nextn_predict_layers", 1u), ("ssm.conv_kernel", 4u), ("kda.head_dim", 128u),
            ("attention.head_count_kv", Enumerable.Range(0, 43).Select(i => i % 6 == 5 || i == 42 ? 1 : 0).ToArray()));
        var q8 = s_oneSlot with { KeyType = KvCacheType.Q8_0, ValueType = KvCacheType.Q8_0 };

        AssertMib(306, Compute("bailingmoe3", keys, q8, 65_536).KvBytes);
    }

    [Fact]
    public void Read_WeightsOfDraftingLayers_AreNotLoaded()
    {
        var shape = ModelShapeReader.Read(Model("glm4moe",
            [("token_embd.weight", GgmlType.F32, [8, 4]), ("blk.0.a.weight", GgmlType.F32, [10]), ("blk.1.b.weight", GgmlType.F32, [7])],
            Transformer(2, 8, 2, 2, ("nextn_predict_layers", 1u))));

        Assert.Equal(4 * (32 + 10), shape.WeightBytes);
        Assert.Equal(4 * 7, shape.DraftWeightBytes);
    }

    [Theory]
    [InlineData("bert", "encoder")]
    [InlineData("gemma-embedding", "encoder")]
    [InlineData("llada", "diffusion")]
    [InlineData("dream", "diffusion")]
    public void FindProblems_ModelWithoutCache_IsRefusedByName(string architecture, string kind)
    {
        var shape = ModelShapeReader.Read(Model(architecture, Transformer(2, 512, 8, 8)));

        var problem = Assert.Single(MemoryForecast.FindProblems(shape, s_oneSlot));
        Assert.Contains($"'{architecture}'", problem, StringComparison.Ordinal);
        Assert.Contains(kind, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Loops_RunEachLayerWithACacheOfItsOwn() =>
        Assert.Equal(6, Layers("nanbeige", Transformer(3, 512, 8, 8, ("num_loops", 2u))).Count);
}
