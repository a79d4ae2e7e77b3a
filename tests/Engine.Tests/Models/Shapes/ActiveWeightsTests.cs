using MemoryWall.Core.Facts;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;
using static MemoryWall.Engine.Tests.Models.Shapes.Described;

namespace MemoryWall.Engine.Tests.Models.Shapes;

public sealed class ActiveWeightsTests
{
    private static readonly (string, GgmlType, long[])[] s_dense =
    [
        ("token_embd.weight", GgmlType.F16, [64, 1000]), ("output_norm.weight", GgmlType.F32, [64]),
        ("blk.0.ffn_up.weight", GgmlType.Q8_0, [64, 128]),
    ];

    private const long DenseRest = 64 * 4 + 128 * 68; // norm, and 128 rows of 2 blocks of 34 bytes

    private static ModelShape Read(IEnumerable<(string, GgmlType, long[])> tensors, params (string, object)[] more) =>
        ModelShapeReader.Read(Model("llama", tensors, Transformer(1, 64, 4, 4, more)));

    [Fact]
    public void Bytes_TiedEmbeddings_AreReadAsOutput()
    {
        var shape = Read(s_dense);

        Assert.Equal(64_000 * 2 + DenseRest, shape.WeightBytes);
        Assert.Equal(shape.WeightBytes, shape.ActiveWeightBytes);
        Assert.Equal(64_000 + 64 + 64 * 128, shape.ParameterCount);
        Assert.Equal(1000, shape.VocabularySize);
    }

    [Fact]
    public void Bytes_OwnOutput_ReadsOneRowOfTheEmbeddings()
    {
        var shape = Read([.. s_dense, ("output.weight", GgmlType.F16, [64, 1000])]);

        Assert.Equal(128 + 128_000 + DenseRest, shape.ActiveWeightBytes);
    }

    [Fact]
    public void Bytes_Experts_AreReadInTheShareThatIsUsed()
    {
        var shape = Read(
            [.. s_dense, ("blk.0.ffn_gate_inp.weight", GgmlType.F32, [64, 8]), ("blk.0.ffn_up_exps.weight", GgmlType.F16, [64, 32, 8]),
                ("blk.0.ffn_up_shexp.weight", GgmlType.F16, [64, 32])],
            ("expert_count", 8u), ("expert_used_count", 2u));

        Assert.Equal(8, shape.ExpertCount);
        Assert.Equal(2, shape.ExpertUsedCount);
        Assert.Equal(128_000 + DenseRest + 64 * 8 * 4 + 64 * 32 * 8 * 2 / 4 + 64 * 32 * 2, shape.ActiveWeightBytes);
    }

    [Fact]
    public void Bytes_OneTensorAnExpert_AreReadInTheShareThatIsUsed()
    {
        var experts = Enumerable.Range(0, 4).Select(expert => ($"blk.0.ffn_up.{expert}.weight", GgmlType.F16, new long[] { 64, 32 }));
        var shape = Read([.. s_dense, .. experts], ("expert_count", 4u), ("expert_used_count", 2u));

        Assert.Equal(128_000 + DenseRest + 64 * 32 * 2 * 2, shape.ActiveWeightBytes);
    }

    [Fact]
    public void Bytes_LayersNotRunAndEncoders_AreNotRead()
    {
        var shape = ModelShapeReader.Read(Model("glm4moe",
            [.. s_dense, ("blk.1.nextn.eh_proj.weight", GgmlType.F16, [128, 64]), ("v.blk.0.attn_q.weight", GgmlType.F16, [64, 64])],
            Transformer(2, 64, 4, 4, ("nextn_predict_layers", 1u))));

        Assert.Equal(128_000 + DenseRest, shape.ActiveWeightBytes);
        Assert.Equal(128_000 + DenseRest + 64 * 64 * 2, shape.WeightBytes);
        Assert.Equal(128 * 64 * 2, shape.DraftWeightBytes);
    }
}
