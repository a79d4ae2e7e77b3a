using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Engine.Tests.Models.Shapes;

public class WeightRepackingTests
{
    private const double MiB = 1 << 20;

    /// <summary>
    /// What llama.cpp printed on a processor with AVX-512: CPU_Mapped + CPU_REPACK with repacking, less CPU_Mapped without. In files
    /// whose last tensors are matrices of the last layer, repacking also lets the end of the file go.
    /// </summary>
    [Theory]
    [InlineData(6, 384, 128, 1024, 32_768, true, "Q4_0", 11.20 + 11.81 - 11.83)]
    [InlineData(30, 576, 192, 1536, 49_152, true, "Q4_0", 70.85 + 72.14 - 72.27)]
    [InlineData(2, 1024, 256, 2048, 32_000, true, "Q4_K", 23.79 + 27.14 - 27.16)]
    [InlineData(2, 1024, 256, 2048, 32_000, true, "IQ4_NL", 23.79 + 27.14 - 27.16)]
    [InlineData(2, 1024, 256, 2048, 32_000, true, "Q2_K", 13.88 + 15.83 - 15.85)]
    [InlineData(2, 1024, 256, 2048, 32_000, true, "Q8_0", 0)]
    [InlineData(2, 1024, 256, 2048, 32_000, true, "Q6_K", 0)]
    public void CopyBytes_LlamaLayout_IsWhatLlamaCppAdded(int layers, int embedding, int kv, int feedForward, int vocabulary, bool tied,
        string type, double mebibytes) =>
        Assert.InRange(WeightRepacking.ComputeCopyBytes(Tensors(layers, embedding, kv, feedForward, vocabulary, tied, type))!.Value / MiB,
            mebibytes - 0.03, mebibytes + 0.03);

    [Fact]
    public void CopyBytes_EmbeddingBesideAnOutput_IsNotCopied()
    {
        var tied = WeightRepacking.ComputeCopyBytes(Tensors(1, 256, 256, 256, 8192, tied: true, "Q4_0"));
        var apart = WeightRepacking.ComputeCopyBytes(Tensors(1, 256, 256, 256, 8192, tied: false, "Q4_0"));
        Assert.Equal(tied, apart);
    }

    [Fact]
    public void CopyBytes_NothingKnown_IsAbsent()
    {
        Assert.Null(WeightRepacking.ComputeCopyBytes([]));
        Assert.Null(WeightRepacking.ComputeCopyBytes([new ModelTensor("output.weight", [64, 64], null)]));
    }

    private static List<ModelTensor> Tensors(int layers, int embedding, int kv, int feedForward, int vocabulary, bool tied, string type)
    {
        var tensors = new List<ModelTensor>();
        void Add(string name, string typeName, params long[] dimensions)
        {
            var of = GgmlTypes.FindByName(typeName)!.Value;
            tensors.Add(new ModelTensor(name, dimensions, GgmlTypes.TensorBytes(of, dimensions), of));
        }

        Add("token_embd.weight", type, embedding, vocabulary);
        Add("output_norm.weight", "F32", embedding);
        if (!tied)
            Add("output.weight", type, embedding, vocabulary);
        for (var i = 0; i < layers; i++)
        {
            Add($"blk.{i}.attn_norm.weight", "F32", embedding);
            Add($"blk.{i}.attn_q.weight", type, embedding, embedding);
            Add($"blk.{i}.attn_k.weight", type, embedding, kv);
            Add($"blk.{i}.attn_v.weight", type, embedding, kv);
            Add($"blk.{i}.attn_output.weight", type, embedding, embedding);
            Add($"blk.{i}.ffn_norm.weight", "F32", embedding);
            Add($"blk.{i}.ffn_gate.weight", type, embedding, feedForward);
            Add($"blk.{i}.ffn_up.weight", type, embedding, feedForward);
            Add($"blk.{i}.ffn_down.weight", type, feedForward, embedding);
        }
        return tensors;
    }
}
