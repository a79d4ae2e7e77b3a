using MemoryWall.Core.Facts;
using MemoryWall.Models;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;
using static MemoryWall.Engine.Tests.Models.Shapes.Described;

namespace MemoryWall.Engine.Tests.Models.Shapes;

/// <summary>Keys that single architectures have.</summary>
public sealed class LayersOfArchitecturesTests
{
    private static (string, object)[] Cycles(uint layers, uint stack, uint high, uint low) => Transformer(layers, 256, 8, 2,
        ("hrm.layers_per_stack", stack), ("hrm.h_cycles", high), ("hrm.l_cycles", low));

    [Fact]
    public void Read_HrmText_HasACacheForEachRunOfItsStacks()
    {
        var shape = ModelShapeReader.Read(Model("hrm_text", Cycles(12, 2, 2, 2)));

        Assert.Equal(12, shape.Layers.OfType<AttentionLayer>().Count());
        Assert.Equal(new StackCycles(2, 2), shape.Cycles);
    }

    [Theory]
    [InlineData(11u, 2u, "hrm_text.block_count is 11; it must be 12")]
    [InlineData(12u, 0u, "hrm_text.hrm.layers_per_stack is 0; it must be 1 or more")]
    [InlineData(12u, uint.MaxValue / 2, "hrm_text.block_count is 12; it must be 12884901882")]
    public void Read_HrmTextWithWrongCycles_NamesTheKey(uint layers, uint stack, string message)
    {
        var error = Assert.Throws<ModelFormatException>(() => Layers("hrm_text", Cycles(layers, stack, 2, 2)));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    private static (string, object)[] ValueExperts(uint used) => Transformer(3, 256, 8, 2, ("expert_count", 8u), ("expert_used_count", 2u),
        ("leading_dense_block_count", 1u), ("attention.value_expert_count", 4u), ("attention.value_expert_used_count", used));

    [Fact]
    public void Read_K2Horizon_HasValueExpertsWhereItHasExperts() =>
        Assert.Equal([null, new ValueExperts(4, 2), new ValueExperts(4, 2)],
            Layers("k2-horizon", ValueExperts(2)).Cast<AttentionLayer>().Select(layer => layer.ValueExperts));

    [Theory]
    [InlineData(0u)]
    [InlineData(5u)]
    public void Read_K2HorizonWithTooManyValueExperts_NamesTheKey(uint used)
    {
        var error = Assert.Throws<ModelFormatException>(() => Layers("k2-horizon", ValueExperts(used)));
        Assert.Equal($"k2-horizon.attention.value_expert_used_count is {used}; it must be 1 to 4, the number of value experts",
            error.Message);
    }

    [Fact]
    public void Read_ValueExperts_AreReadInPart()
    {
        (string, GgmlType, long[])[] tensors = [("token_embd.weight", GgmlType.F32, [8, 1]), ("output.weight", GgmlType.F32, [8, 1]),
            ("blk.0.attn_v_exps.weight", GgmlType.F32, [8, 2, 4]), ("blk.0.ffn_gate_inp.weight", GgmlType.F32, [8, 2])];
        var shape = ModelShapeReader.Read(Model("k2-horizon", tensors, Transformer(1, 8, 2, 2, ("expert_count", 2u),
            ("expert_used_count", 1u), ("attention.value_expert_count", 4u), ("attention.value_expert_used_count", 2u))));

        Assert.Equal(4 * (8 + 8 + 64 / 2 + 16), shape.ActiveWeightBytes);
    }

    [Theory]
    [InlineData("maion-coder", 2)]
    [InlineData("llama4", 2)]
    [InlineData("qwen3moe", 1)]
    public void Read_ExpertsInSomeLayers_HaveAPeriodWhereLlamaCppReadsIt(string architecture, int period) =>
        Assert.Equal(period, ModelShapeReader.Read(Model(architecture, Transformer(4, 256, 8, 2, ("expert_count", 8u),
            ("expert_used_count", 2u), ("interleave_moe_layer_step", 2u)))).ExpertPeriod);

    [Theory]
    [InlineData("maion-coder", "moe_latent_size", 64)]
    [InlineData("nemotron_h_moe", "moe_latent_size", 64)]
    [InlineData("kimi-k3", "expert_latent_length", 64)]
    [InlineData("qwen3moe", "moe_latent_size", null)]
    public void Read_LatentExperts_HaveTheWidthOfTheirKey(string architecture, string key, int? width) =>
        Assert.Equal(width, ModelShapeReader.Read(Model(architecture, Transformer(4, 256, 8, 2, ("expert_count", 8u),
            ("expert_used_count", 2u), ("feed_forward_length", 640u), (key, 64u)))).ExpertLatentLength);

    [Theory]
    [InlineData("blk.0.ffn_up.weight", null)]
    [InlineData("blk.0.ffn_up_exps.weight", 8)]
    public void Read_KeysOfExperts_CountWhereTheFileHasExperts(string tensor, int? experts) =>
        Assert.Equal(experts, ModelShapeReader.Read(Model("hunyuan_vl", [(tensor, GgmlType.F32, [8, 8])],
            Transformer(1, 8, 2, 2, ("expert_count", 8u), ("expert_used_count", 2u)))).ExpertCount);

    [Theory]
    [InlineData("granite_swa", 56)]
    [InlineData("qwen2moe", 112)]
    public void Read_SharedExpertsWithTheGateInTheSameMatrix_HaveHalfItsWidth(string architecture, int width) =>
        Assert.Equal(width, ModelShapeReader.Read(Model(architecture, [("blk.0.ffn_up_shexp.weight", GgmlType.F32, [8, 112]),
                ("blk.0.ffn_gate_inp.weight", GgmlType.F32, [8, 8])],
            Transformer(1, 8, 2, 2, ("expert_count", 8u), ("expert_used_count", 2u)))).SharedExpertLength);
}
