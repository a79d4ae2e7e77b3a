using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;
using static MemoryWall.Engine.Tests.Models.Shapes.Described;

namespace MemoryWall.Engine.Tests.Models.Forecast;

/// <summary>Memory as llama.cpp printed it in public logs and reports, in MiB, for the keys of the published model.</summary>
public sealed class PublishedFigureTests
{
    private const double MiB = 1 << 20;

    // llama.cpp rounds to two decimals.
    private const double Printed = 0.0051;

    private static (string, object)[] Heads(uint layers, uint embedding, uint heads, uint kvHeads, uint width,
        params (string, object)[] more) =>
        Transformer(layers, embedding, heads, kvHeads,
            [("attention.key_length", width), ("attention.value_length", width), .. more]);

    private static ForecastRow Compute(string architecture, (string, object)[] keys, ServerOptions server, int context,
        string keyType = "f16", string? valueType = null, int microBatch = 512) =>
        MemoryForecast.Compute(ModelShapeReader.Read(Model(architecture, keys)), server.Apply(new ForecastSettings
        {
            KeyType = KvCacheType.Parse(keyType),
            ValueType = KvCacheType.Parse(valueType ?? keyType),
            MicroBatchTokens = microBatch,
        }), context);

    private static readonly ServerOptions s_oneSlot = new() { Slots = 1 };
    private static readonly ServerOptions s_auto = new();

    [Theory]
    [InlineData(32u, 4096u, 32u, 8u, 4096, 512.00)] // Llama-3.1-8B
    [InlineData(32u, 4096u, 32u, 8u, 128_000, 15.625 * 1024)]
    [InlineData(80u, 8192u, 64u, 8u, 128_000, 39.0625 * 1024)] // 70B
    [InlineData(126u, 16_384u, 128u, 16u, 128_000, 123.046875 * 1024)] // 405B as first published, with 16 key/value heads
    [InlineData(94u, 4096u, 64u, 4u, 4096, 752.00)] // Qwen3-235B-A22B
    [InlineData(48u, 2048u, 32u, 4u, 32_768, 3072.00)] // Qwen3-Coder-30B-A3B
    public void Compute_FullAttention_IsAsPrinted(uint layers, uint embedding, uint heads, uint kvHeads, int context, double printed) =>
        Assert.Equal(printed, Compute("llama", Heads(layers, embedding, heads, kvHeads, 128), s_auto, context).KvBytes / MiB, Printed);

    [Theory]
    [InlineData("q8_0", 343.0)]
    [InlineData("q4_0", 287.0)]
    public void Compute_KeysAndValuesOfTwoTypes_AreAsPrinted(string keyType, double printed) => // Llama-3.2-3B
        Assert.Equal(printed, Compute("llama", Heads(28, 3072, 24, 8, 128), s_auto, 4096, keyType, "f16").KvBytes / MiB, Printed);

    [Fact]
    public void Compute_Gemma2With2B_IsAsPrinted() =>
        Assert.Equal(416.00 + 416.00,
            Compute("gemma2", Heads(26, 2304, 8, 4, 256, ("attention.sliding_window", 4096u)), s_auto, 8192).KvBytes / MiB, Printed);

    [Fact]
    public void Compute_Gemma4With12B_IsAsPrinted()
    {
        // Each sixth layer attends to the whole context, with one head of 512.
        var keys = Heads(48, 3840, 16, 8, 512, ("attention.key_length_swa", 256u), ("attention.value_length_swa", 256u),
            ("attention.sliding_window", 1024u),
            ("attention.sliding_window_pattern", Enumerable.Range(0, 48).Select(i => i % 6 != 5).ToArray()),
            ("attention.head_count_kv", Enumerable.Range(0, 48).Select(i => i % 6 == 5 ? 1 : 8).ToArray()));
        Assert.Equal(68.00 + 765.00, Compute("gemma4", keys, s_auto, 8192, "q8_0").KvBytes / MiB, Printed);
    }

    [Fact]
    public void Compute_GptOss_IsAsPrinted()
    {
        static (string, object)[] Keys(uint layers) => Heads(layers, 2880, 64, 8, 64, ("attention.sliding_window", 128u));

        Assert.Equal(102.00 + 3.19, Compute("gpt-oss", Keys(24), s_oneSlot, 8192, "q8_0", microBatch: 128).KvBytes / MiB, Printed);
        Assert.Equal(2304.00 + 36.00, Compute("gpt-oss", Keys(36), s_auto, 65_536).KvBytes / MiB, Printed);
    }

    [Fact]
    public void Compute_DeepSeekR1_IsAsPrinted() =>
        Assert.Equal(1166.62, Compute("deepseek2", Transformer(61, 7168, 128, 1, ("attention.key_length", 576u),
            ("attention.value_length", 512u), ("attention.key_length_mla", 192u), ("attention.value_length_mla", 128u),
            ("attention.kv_lora_rank", 512u), ("rope.dimension_count", 64u)), s_auto, 32_768, "q8_0").KvBytes / MiB, Printed);

    [Fact]
    public void Compute_Phi3Mini_IsAsPrinted() =>
        Assert.Equal(1536.00, Compute("phi3", Heads(32, 3072, 32, 32, 96, ("attention.sliding_window", 2047u)), s_auto, 4096).KvBytes / MiB,
            Printed);

    [Fact]
    public void Compute_Granite40HTiny_IsAsPrinted()
    {
        (string, object)[] keys = [("block_count", 40u), ("embedding_length", 1536u), ("attention.head_count", 12u),
            ("attention.head_count_kv", Enumerable.Range(0, 40).Select(i => i % 10 == 5 ? 4 : 0).ToArray()),
            ("ssm.conv_kernel", 4u), ("ssm.inner_size", 3072u), ("ssm.state_size", 128u), ("ssm.group_count", 1u)];
        Assert.Equal(55.37, Compute("granitehybrid", keys, s_oneSlot, 8192).RecurrentBytes / MiB, Printed);
        Assert.Equal(4 * 55.37, Compute("granitehybrid", keys, s_auto, 8192).RecurrentBytes / MiB, 0.02);
    }

    // Before llama.cpp#23861 logits of a whole micro-batch were reserved, since then those of each slot.
    // Of a graphics processor, which has no copy of the inputs for vectors. What build 9272 keeps beside the logits of a whole micro-batch,
    // 8 MiB of 309, is not explained: on a processor of that time (llama-cpp-buffers.csv) the forecast is as printed.
    [Theory]
    [InlineData(9272, 308.75, 0.027)]
    [InlineData(9500, 116.01, 0.0001)]
    public void Compute_Qwen3Coder30B_LogitsAreThoseOfTheBuild(int build, double printed, double bound)
    {
        var keys = Heads(48, 2048, 32, 4, 128, ("expert_count", 128u), ("expert_used_count", 8u), ("expert_feed_forward_length", 768u),
            ("vocab_size", 151_936u));
        var shape = ModelShapeReader.Read(Model("qwen3moe", keys)) with { WeightBytes = 0, InputWeightBytes = 0, OutputWeightBytes = 0 };
        var row = MemoryForecast.Compute(shape, new ServerOptions { Slots = 1, Build = build }.Apply(new() { GpuLayers = 99 }), 32_768);
        Assert.InRange(row.Accelerator!.ComputeBytes!.Value / MiB / printed, 1 - bound, 1 + bound);
    }

    // Build 11669 reserves for tokens and vectors in one micro-batch, and prints it so on a machine without GPU; builds before 2026 reserve
    // for one of them only.
    [Theory]
    [InlineData(null, 38.27)]
    [InlineData(7000, 37.26)]
    public void Compute_VectorsBesideTokens_AreThoseOfTheBuild(int? build, double expected)
    {
        var keys = Heads(6, 256, 8, 2, 32, ("feed_forward_length", 640u), ("vocab_size", 2000u));
        var server = new ServerOptions { Build = build };
        Assert.Equal(expected, MemoryForecast.Compute(ModelShapeReader.Read(Model("llama", keys)),
            server.Apply(new()) with { OutputTokens = 4 }, 32_768).ComputeBytes!.Value / MiB, 0.011);
    }
}
