using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;
using static MemoryWall.Engine.Tests.Models.Shapes.Described;

namespace MemoryWall.Engine.Tests.Models.Forecast;

/// <summary>KV caches and compute buffers that llama-server (build 11669, no GPU) printed for small models of six layers, 256 embeddings
/// and 2,000 tokens of vocabulary at a context of 32,768, in MiB.</summary>
public sealed class ServedArchitectureTests
{
    private const double MiB = 1 << 20;

    private static readonly (string, object)[] s_plain = Transformer(6, 256, 8, 2, ("feed_forward_length", 640u), ("vocab_size", 2000u));

    private static readonly (string, object)[] s_sliding = [("attention.sliding_window", 1024u),
        ("attention.sliding_window_pattern", new[] { true, true, true, false, true, true })];

    private static readonly (string, object)[] s_experts = [("expert_count", 8u), ("expert_used_count", 2u),
        ("expert_feed_forward_length", 96u)];

    private static readonly (string, object)[] s_delta = [("ssm.conv_kernel", 4u), ("ssm.inner_size", 512u), ("ssm.state_size", 64u),
        ("ssm.group_count", 2u), ("ssm.time_step_rank", 8u), ("full_attention_interval", 4u)];

    private static readonly Dictionary<string, (string, object)[]> s_keys = new()
    {
        ["granite_swa"] = [.. s_plain, .. s_sliding, .. s_experts, ("expert_shared_feed_forward_length", 112u)],
        ["granitemoe"] = [.. s_plain, .. s_experts],
        ["hrm_text"] = [.. s_plain, ("hrm.layers_per_stack", 1u), ("hrm.h_cycles", 2u), ("hrm.l_cycles", 2u)],
        ["k2-horizon"] = [.. s_plain, .. s_experts, ("leading_dense_block_count", 1u), ("expert_shared_count", 1u),
            ("attention.value_expert_count", 4u), ("attention.value_expert_used_count", 2u)],
        ["lfm2"] = [.. s_plain, ("attention.head_count_kv", new[] { 0, 0, 2, 0, 0, 2 }), ("shortconv.l_cache", 3u)],
        ["maion-coder"] = [.. s_plain, .. s_sliding, .. s_experts, ("interleave_moe_layer_step", 2u), ("moe_latent_size", 64u)],
        ["maple"] = [.. s_plain, .. s_sliding, .. s_experts],
        ["minimax-m2"] = [.. s_plain, .. s_experts],
        ["muse-glimmer"] = [.. s_plain, .. s_sliding],
        ["qwen35"] = [.. s_plain, .. s_delta],
        ["qwen3next"] = [.. s_plain, .. s_experts, .. s_delta, ("expert_shared_feed_forward_length", 640u)],
        ["qwen4exp"] = [.. s_plain, .. s_experts, .. s_delta, ("expert_shared_feed_forward_length", 640u),
            ("attention.indexer.head_count", 4u), ("attention.indexer.key_length", 128u), ("attention.indexer.top_k", 256u),
            ("hyper_connection.count", 4u), ("hyper_connection.low_rank", 64u),
            ("attention.compress_ratios", new[] { 0, 0, 0, 4, 0, 0 }), ("ple.layers", new[] { 1 }), ("ple.ngram_size", 2u),
            ("ple.conv_kernel", 4u)],
        ["spark2_5"] = [.. s_plain, .. s_sliding],
    };

    /// <summary>Four slots that share a cache, three with one each, and one.</summary>
    private static ForecastRow Compute(string architecture, int slots, bool flash, ForecastSettings? settings = null) =>
        MemoryForecast.Compute(ModelShapeReader.Read(Model(architecture, s_keys[architecture])),
            (slots == 4 ? new ServerOptions() : new ServerOptions { Slots = slots }).Apply(
                (settings ?? new()) with { FlashAttention = flash }), 32_768);

    [Theory]
    [InlineData("granite_swa", 4, true, 13.62, 46.53)]
    [InlineData("granite_swa", 1, false, 9.88, 582.52)]
    [InlineData("hrm_text", 4, true, 48.00, 38.77)]
    [InlineData("hrm_text", 3, true, 48.38, 17.55)]
    [InlineData("hrm_text", 1, false, 48.00, 579.76)]
    [InlineData("k2-horizon", 4, true, 48.00, 38.27)]
    [InlineData("k2-horizon", 3, true, 48.38, 17.05)]
    [InlineData("lfm2", 4, true, 16.00, 38.27)]
    [InlineData("lfm2", 3, true, 16.12, 17.05)]
    [InlineData("lfm2", 1, true, 16.00, 38.27)]
    [InlineData("maion-coder", 4, true, 13.62, 42.78)]
    [InlineData("maion-coder", 1, false, 9.88, 582.52)]
    [InlineData("maple", 4, true, 13.62, 40.03)]
    [InlineData("maple", 1, false, 9.88, 582.52)]
    [InlineData("minimax-m2", 4, true, 48.00, 42.02)]
    [InlineData("muse-glimmer", 4, true, 13.62, 42.78)]
    [InlineData("muse-glimmer", 1, false, 9.88, 582.52)]
    [InlineData("qwen35", 4, true, 8.00, 38.27)]
    [InlineData("qwen3next", 4, true, 8.00, 39.77)]
    [InlineData("spark2_5", 4, true, 13.62, 42.78)]
    [InlineData("spark2_5", 1, false, 9.88, 582.52)]
    public void Compute_CacheAndBuffer_AreAsPrinted(string architecture, int slots, bool flash, double kv, double compute)
    {
        var row = Compute(architecture, slots, flash);

        Assert.Equal(kv, row.KvBytes / MiB, 0.006);
        Assert.InRange(row.ComputeBytes!.Value / MiB, compute * 0.999, compute * 1.001);
    }

    // A damaged file may have any number of them; the time must not depend on it.
    [Fact]
    public void Compute_MillionsOfValueExperts_EndAtOnce()
    {
        var shape = ModelShapeReader.Read(Model("k2-horizon", [.. s_keys["k2-horizon"], ("attention.value_expert_count", 1_000_000_000u),
            ("attention.value_expert_used_count", 1_000_000_000u)]));

        Assert.True(MemoryForecast.Compute(shape, new() { MicroBatchTokens = 1 }, 256).ComputeBytes > 4L * 64 * 1_000_000_000);
    }

    // The mask of the chosen groups takes the place of that of the cache.
    [Theory]
    [InlineData(4, true, 24.00, 2.77, 153.46)]
    [InlineData(1, true, 24.00, 0.69, 81.15)]
    [InlineData(1, false, 24.00, 0.69, 677.87)]
    public void Compute_Qwen4_HoldsOneMaskForBoth(int slots, bool flash, double kv, double states, double compute)
    {
        var row = Compute("qwen4exp", slots, flash);

        Assert.Equal(kv, row.KvBytes / MiB, 0.006);
        Assert.Equal(states, row.RecurrentBytes / MiB, 0.006);
        Assert.InRange(row.ComputeBytes!.Value / MiB, compute * 0.98, compute * 1.02);
    }

    // The seventh layer drafts; its cache and compute buffer.
    [Theory]
    [InlineData("qwen35", 8.00, 34.77)]
    [InlineData("qwen3next", 8.00, 34.76)]
    [InlineData("hy_v3", 8.00, 34.01)]
    public void Compute_LayerThatDrafts_IsAsPrinted(string architecture, double kv, double compute)
    {
        (string, object)[] shared = [.. s_plain, .. s_experts, ("expert_shared_feed_forward_length", 96u)];
        (string, object)[] keys = [.. s_keys.GetValueOrDefault(architecture, shared), ("block_count", 7u), ("nextn_predict_layers", 1u)];
        var row = MemoryForecast.Compute(ModelShapeReader.Read(Model(architecture, keys)),
            new ServerOptions { Slots = 1, DraftTokens = 3 }.Apply(new()), 32_768);

        Assert.InRange(row.DraftBytes!.Value / MiB, (kv + compute) * 0.999, (kv + compute) * 1.001);
    }
}
