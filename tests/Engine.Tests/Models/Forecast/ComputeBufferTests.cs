using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;
using static MemoryWall.Engine.Tests.Models.Shapes.Described;

namespace MemoryWall.Engine.Tests.Models.Forecast;

/// <summary>Compute buffers that llama-server (build 11669, no GPU) printed for small models of 256 embeddings and 2,000 tokens of
/// vocabulary at a context of 32,768, in MiB.</summary>
public sealed class ComputeBufferTests
{
    // It prints two decimals.
    private const double Printed = 0.011;

    private static readonly (string, object)[] s_plain = Transformer(6, 256, 8, 2, ("feed_forward_length", 640u), ("vocab_size", 2000u));

    private static double Compute(string architecture, ServerOptions server, ForecastSettings settings, params (string, object)[] more) =>
        MemoryForecast.Compute(ModelShapeReader.Read(Model(architecture, [.. s_plain, .. more])), server.Apply(settings), 32_768)
            .ComputeBytes!.Value / (double)(1 << 20);

    [Theory]
    [InlineData("llama", 38.27)]
    [InlineData("gpt2", 35.77)]
    [InlineData("arcee", 35.77)]
    [InlineData("orion", 38.27)]
    [InlineData("falcon", 36.27)]
    [InlineData("qwen", 36.39)]
    public void Compute_Dense_IsAsPrinted(string architecture, double printed) =>
        Assert.Equal(printed, Compute(architecture, new(), new()), Printed);

    [Fact]
    public void Compute_SlotsAndFlashAttention_AreAsPrinted()
    {
        Assert.Equal(17.05, Compute("llama", new() { Slots = 3 }, new()), Printed);
        Assert.Equal(579.26, Compute("llama", new() { Slots = 1 }, new() { FlashAttention = false }), Printed);
    }

    [Theory]
    [InlineData("qwen3moe", 0u, 35.52)]
    [InlineData("glm4moe", 1u, 36.27)]
    [InlineData("phimoe", 0u, 42.02)]
    public void Compute_Experts_AreAsPrinted(string architecture, uint shared, double printed) =>
        Assert.Equal(printed, Compute(architecture, new(), new(), ("expert_count", 8u), ("expert_used_count", 2u),
            ("expert_feed_forward_length", 96u), ("expert_shared_count", shared)), Printed);

    [Fact]
    public void Compute_InputsOfEachLayer_AreAsPrinted()
    {
        (string, object)[] sliding = [("attention.sliding_window", 1024u), ("attention.key_length_swa", 32u),
            ("attention.value_length_swa", 32u), ("embedding_length_per_layer_input", 64u)];
        var flags = new[] { true, true, true, false, true, true };
        Assert.Equal(40.53, Compute("gemma4", new() { Slots = 1 }, new(), [.. sliding, ("attention.sliding_window_pattern", flags)]),
            Printed);
        Assert.Equal(47.03, Compute("gemma3n", new() { Slots = 1 }, new(), ("attention.sliding_window", 1024u)), Printed);
    }

    // 30 layers with 256 inputs each, at 8,192 tokens.
    [Fact]
    public void Compute_Gemma3nOf30Layers_IsAsPrinted()
    {
        var keys = Transformer(30, 128, 8, 2, ("feed_forward_length", 256u), ("vocab_size", 2000u), ("attention.sliding_window", 512u));
        var row = MemoryForecast.Compute(ModelShapeReader.Read(Model("gemma3n", keys)),
            new ServerOptions { Slots = 1 }.Apply(new ForecastSettings()), 8192);
        Assert.Equal(70.28, row.ComputeBytes!.Value / (double)(1 << 20), Printed);
    }

    [Fact]
    public void Compute_SparseAttention_HoldsTheIndexersScores()
    {
        var keys = Transformer(6, 256, 8, 1, ("feed_forward_length", 640u), ("vocab_size", 2000u), ("attention.key_length", 160u),
            ("attention.value_length", 128u), ("attention.key_length_mla", 96u), ("attention.value_length_mla", 64u),
            ("attention.kv_lora_rank", 128u), ("rope.dimension_count", 32u), ("attention.indexer.key_length", 128u),
            ("attention.indexer.head_count", 4u), ("attention.indexer.top_k", 256u),
            ("attention.q_lora_rank", 96u));
        double Mib(ForecastSettings settings) => MemoryForecast.Compute(ModelShapeReader.Read(Model("deepseek32", keys)),
            new ServerOptions { Slots = 1 }.Apply(settings), 32_768).ComputeBytes!.Value / (double)(1 << 20);

        Assert.Equal(140.08, Mib(new()), Printed);
        Assert.Equal(756.08, Mib(new() { FlashAttention = false }), Printed);
    }
}
