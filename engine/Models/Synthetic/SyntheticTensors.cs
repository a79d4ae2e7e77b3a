using System.Buffers.Binary;
using MemoryWall.Core.Primitives;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Models.Synthetic;

/// <summary>
/// The tensors of a synthetic <c>llama</c> or <c>qwen3moe</c>. Each matrix preserves the variance of its input (standard deviation
/// 1/√columns), and every layer normalises its input, so activations stay finite at any depth. Small embeddings make the next token
/// depend on the layers instead of the last token, and sharper attention makes it depend on the context: otherwise generation would
/// repeat one token or a short cycle.
/// </summary>
internal static class SyntheticTensors
{
    private const double EmbeddingDeviation = 0.02;
    private const double AttentionGain = 1.6;
    private const double LogitDeviation = 3;

    /// <summary>The tensors, in file order.</summary>
    public static IReadOnlyList<GgufTensorSource> Create(SyntheticSpec spec)
    {
        var rings = new Dictionary<double, RandomWeightRing>();
        var tensors = new List<GgufTensorSource>();
        var rowDeviation = spec.Tied ? EmbeddingDeviation : 1 / Math.Sqrt(spec.Embedding);

        Vocabulary("token_embd.weight", EmbeddingDeviation);
        Norm("output_norm.weight", LogitDeviation / (rowDeviation * Math.Sqrt(spec.Embedding)));
        if (!spec.Tied)
            Vocabulary("output.weight", rowDeviation);
        for (var layer = 0; layer < spec.Layers; layer++)
        {
            var kv = spec.KvHeads * spec.HeadWidth;
            Norm($"blk.{layer}.attn_norm.weight");
            Matrix($"blk.{layer}.attn_q.weight", spec.Embedding, spec.Embedding, AttentionGain);
            Matrix($"blk.{layer}.attn_k.weight", spec.Embedding, kv, AttentionGain);
            Matrix($"blk.{layer}.attn_v.weight", spec.Embedding, kv);
            Matrix($"blk.{layer}.attn_output.weight", spec.Embedding, spec.Embedding, spec.Experts?.Locality ?? 1);
            if (spec.Experts?.Architecture == SyntheticArchitecture.Qwen3Moe)
            {
                // Normalising undoes the gain of the matrices.
                Vector($"blk.{layer}.attn_q_norm.weight", AttentionGain, spec.HeadWidth);
                Vector($"blk.{layer}.attn_k_norm.weight", AttentionGain, spec.HeadWidth);
            }
            Norm($"blk.{layer}.ffn_norm.weight");
            if (spec.Experts is { } experts)
            {
                Router($"blk.{layer}.ffn_gate_inp.weight", experts.Count);
                ExpertMatrices($"blk.{layer}.ffn_gate_exps.weight", spec.Embedding, experts.Width, experts.Count);
                ExpertMatrices($"blk.{layer}.ffn_up_exps.weight", spec.Embedding, experts.Width, experts.Count);
                ExpertMatrices($"blk.{layer}.ffn_down_exps.weight", experts.Width, spec.Embedding, experts.Count);
            }
            else
            {
                Matrix($"blk.{layer}.ffn_gate.weight", spec.Embedding, spec.FeedForward);
                Matrix($"blk.{layer}.ffn_up.weight", spec.Embedding, spec.FeedForward);
                Matrix($"blk.{layer}.ffn_down.weight", spec.FeedForward, spec.Embedding);
            }
        }

        return tensors;

        void Norm(string name, double value = 1) => Vector(name, value, spec.Embedding);

        void Vector(string name, double value, int width) =>
            tensors.Add(new GgufTensorSource(name, [width], GgmlType.F32, stream => WriteConstant(stream, (float)value, width)));

        void ExpertMatrices(string name, int columns, int rows, int count)
        {
            var bytes = GgmlTypes.TensorBytes(spec.Weights, [columns, rows, count])!.Value;
            tensors.Add(new GgufTensorSource(name, [columns, rows, count], spec.Weights,
                stream => Ring(1 / Math.Sqrt(columns)).Write(stream, bytes, DerivePhase(spec.Seed, name))));
        }

        void Router(string name, int count) => tensors.Add(new GgufTensorSource(name, [spec.Embedding, count], GgmlType.F32,
            stream => WriteUniform(stream, 1 / Math.Sqrt(spec.Embedding), spec.Embedding * count, DerivePhase(spec.Seed, name))));

        void Matrix(string name, int columns, int rows, double gain = 1)
        {
            var bytes = GgmlTypes.TensorBytes(spec.Weights, [columns, rows])!.Value;
            tensors.Add(new GgufTensorSource(name, [columns, rows], spec.Weights,
                stream => Ring(gain / Math.Sqrt(columns)).Write(stream, bytes, DerivePhase(spec.Seed, name))));
        }

        void Vocabulary(string name, double deviation)
        {
            var rowBytes = GgmlTypes.TensorBytes(spec.Weights, [spec.Embedding])!.Value;
            tensors.Add(new GgufTensorSource(name, [spec.Embedding, spec.Vocabulary], spec.Weights,
                stream => WriteVocabularyRows(stream, spec, rowBytes, Ring(deviation), DerivePhase(spec.Seed, name))));
        }

        RandomWeightRing Ring(double deviation) =>
            rings.TryGetValue(deviation, out var ring)
                ? ring
                : rings[deviation] = new RandomWeightRing(spec.Weights, deviation, DeriveSeed(spec.Seed, deviation));
    }

    /// <summary>Random rows, except zeros for entries that must not be generated: their logits are 0, far below the maximum.</summary>
    private static void WriteVocabularyRows(Stream stream, SyntheticSpec spec, long rowBytes, RandomWeightRing ring, ulong phase)
    {
        var zeros = new byte[rowBytes];
        for (var row = 0; row < spec.Vocabulary;)
        {
            var end = row;
            while (end < spec.Vocabulary && !SyntheticVocabulary.IsNeverGenerated(spec, end))
                end++;
            ring.Write(stream, (end - row) * rowBytes, phase, (long)row * spec.Embedding);
            for (row = end; row < spec.Vocabulary && SyntheticVocabulary.IsNeverGenerated(spec, row); row++)
                stream.Write(zeros);
        }
    }

    private static ulong DeriveSeed(uint seed, double deviation) =>
        new SplitMix64(seed ^ (ulong)BitConverter.DoubleToInt64Bits(deviation)).Next();

    private static ulong DerivePhase(uint seed, string name)
    {
        var random = new SplitMix64(seed);
        var phase = random.Next();
        foreach (var letter in name)
            phase = new SplitMix64(phase ^ letter).Next();
        return phase;
    }

    /// <summary>Uniform over ±√3 standard deviations.</summary>
    private static void WriteUniform(Stream stream, double deviation, int count, ulong seed)
    {
        var random = new SplitMix64(seed);
        var bytes = new byte[count * sizeof(float)];
        for (var i = 0; i < count; i++)
        {
            var uniform = (random.Next() >> 11) * (2.0 / (1L << 53)) - 1;
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), (float)(uniform * Math.Sqrt(3) * deviation));
        }
        stream.Write(bytes);
    }

    private static void WriteConstant(Stream stream, float value, int count)
    {
        var bytes = new byte[count * sizeof(float)];
        for (var i = 0; i < count; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), value);
        stream.Write(bytes);
    }
}
