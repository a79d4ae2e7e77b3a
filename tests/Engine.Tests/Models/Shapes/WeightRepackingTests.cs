using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Engine.Tests.Models.Shapes;

public class WeightRepackingTests
{
    private const double MiB = 1 << 20;

    /// <summary>
    /// Sizes that llama.cpp printed on a processor with AVX-512: CPU_Mapped + CPU_REPACK with repacking, less CPU_Mapped without. In files
    /// whose last tensors are matrices of the last layer, repacking also releases the end of the file.
    /// </summary>
    [Theory]
    [InlineData(6, 384, 128, 1024, "Q4_0", 11.20 + 11.81 - 11.83)]
    [InlineData(30, 576, 192, 1536, "Q4_0", 70.85 + 72.14 - 72.27)]
    [InlineData(2, 1024, 256, 2048, "Q4_K", 23.79 + 27.14 - 27.16)]
    [InlineData(2, 1024, 256, 2048, "IQ4_NL", 23.79 + 27.14 - 27.16)]
    [InlineData(2, 1024, 256, 2048, "Q2_K", 13.88 + 15.83 - 15.85)]
    [InlineData(2, 1024, 256, 2048, "Q8_0", 0)]
    [InlineData(2, 1024, 256, 2048, "Q6_K", 0)]
    public void CopyBytes_LlamaLayout_IsWhatLlamaCppAdded(int layers, int embedding, int kv, int feedForward, string type,
        double mebibytes)
    {
        var layout = new Layout(layers, embedding, kv, feedForward, VocabularyOf(embedding));
        Assert.InRange(WeightRepacking.ComputeCopyBytes(layout.Tensors(type))!.Value / MiB, mebibytes - 0.03, mebibytes + 0.03);
    }

    [Fact]
    public void CopyBytes_EmbeddingWithAnOutput_IsNotCopied()
    {
        var layout = new Layout(1, 256, 256, 256, 8192);
        var tied = WeightRepacking.ComputeCopyBytes(layout.Tensors("Q4_0"));
        var apart = WeightRepacking.ComputeCopyBytes((layout with { Tied = false }).Tensors("Q4_0"));
        Assert.Equal(tied, apart);
    }

    [Fact]
    public void CopyBytes_NothingKnown_IsAbsent()
    {
        Assert.Null(WeightRepacking.ComputeCopyBytes([]));
        Assert.Null(WeightRepacking.ComputeCopyBytes([new ModelTensor("output.weight", [64, 64], null)]));
    }

    // The vocabularies of the three measured models.
    private static int VocabularyOf(int embedding) => embedding switch { 384 => 32_768, 576 => 49_152, _ => 32_000 };

    private sealed record Layout(int Layers, int Embedding, int Kv, int FeedForward, int Vocabulary)
    {
        public bool Tied { get; init; } = true;

        public List<ModelTensor> Tensors(string type)
        {
            var tensors = new List<ModelTensor>();
            void Add(string name, string typeName, params long[] dimensions)
            {
                var of = GgmlTypes.FindByName(typeName)!.Value;
                tensors.Add(new ModelTensor(name, dimensions, GgmlTypes.TensorBytes(of, dimensions), of));
            }

            Add("token_embd.weight", type, Embedding, Vocabulary);
            Add("output_norm.weight", "F32", Embedding);
            if (!Tied)
                Add("output.weight", type, Embedding, Vocabulary);
            for (var i = 0; i < Layers; i++)
            {
                Add($"blk.{i}.attn_norm.weight", "F32", Embedding);
                Add($"blk.{i}.attn_q.weight", type, Embedding, Embedding);
                Add($"blk.{i}.attn_k.weight", type, Embedding, Kv);
                Add($"blk.{i}.attn_v.weight", type, Embedding, Kv);
                Add($"blk.{i}.attn_output.weight", type, Embedding, Embedding);
                Add($"blk.{i}.ffn_norm.weight", "F32", Embedding);
                Add($"blk.{i}.ffn_gate.weight", type, Embedding, FeedForward);
                Add($"blk.{i}.ffn_up.weight", type, Embedding, FeedForward);
                Add($"blk.{i}.ffn_down.weight", type, FeedForward, Embedding);
            }
            return tensors;
        }
    }
}
