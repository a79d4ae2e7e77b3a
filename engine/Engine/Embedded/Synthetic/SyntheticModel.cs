using MemoryWall.Models;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Embedded.Synthetic;

/// <summary>Makes a model of architecture <c>llama</c> with random weights: what llama.cpp computes with it costs what a trained one would.</summary>
internal static class SyntheticModel
{
    /// <summary>Counts up when the same shape gives other bytes, so that cached files of older engines are not taken for new ones.</summary>
    public const int WriterVersion = 1;

    private const float RopeBase = 500_000f;
    private const float NormEpsilon = 1e-5f;

    /// <summary>The file's content, ready to be written.</summary>
    public static GgufWriter Of(SyntheticShape shape)
    {
        var writer = new GgufWriter();
        var type = shape.WeightType;
        writer.Add("general.architecture", "llama");
        writer.Add("general.name", $"memwall synthetic {shape.Name}");
        writer.Add("general.description", "random weights: for timing, its text means nothing");
        writer.Add("general.file_type", type.Name switch { "F16" => 1u, "Q4_0" => 2u, _ => 7u });
        writer.Add("llama.block_count", (uint)shape.Layers);
        writer.Add("llama.context_length", (uint)shape.Context);
        writer.Add("llama.embedding_length", (uint)shape.Embedding);
        writer.Add("llama.feed_forward_length", (uint)shape.FeedForward);
        writer.Add("llama.attention.head_count", (uint)shape.Heads);
        writer.Add("llama.attention.head_count_kv", (uint)shape.KvHeads);
        writer.Add("llama.attention.layer_norm_rms_epsilon", NormEpsilon);
        writer.Add("llama.rope.dimension_count", (uint)shape.HeadWidth);
        writer.Add("llama.rope.freq_base", RopeBase);
        writer.Add("llama.vocab_size", (uint)shape.Vocabulary);
        AddTokenizer(writer, shape.Vocabulary);
        AddTensors(writer, shape, type);
        return writer;
    }

    private static void AddTokenizer(GgufWriter writer, int size)
    {
        var (ranked, merges) = Gpt2Vocabulary.Load(size - 1);
        var tokens = new List<string>(ranked) { Gpt2Vocabulary.EndOfText };
        var endOfText = tokens.Count - 1;
        while (tokens.Count < size)
            tokens.Add(FormattableString.Invariant($"[unused {tokens.Count}]"));
        var kinds = Enumerable.Range(0, size)
            .Select(id => (int)(id < endOfText ? TokenKind.Normal : id == endOfText ? TokenKind.Control : TokenKind.Unused))
            .ToArray();
        writer.Add("tokenizer.ggml.model", "gpt2");
        writer.Add("tokenizer.ggml.pre", "gpt-2");
        writer.Add("tokenizer.ggml.tokens", tokens);
        writer.Add("tokenizer.ggml.token_type", kinds);
        writer.Add("tokenizer.ggml.merges", merges);
        writer.Add("tokenizer.ggml.bos_token_id", (uint)endOfText);
        writer.Add("tokenizer.ggml.eos_token_id", (uint)endOfText);
        // As most models have it: a prompt of N tokens is BOS and N − 1 of text.
        writer.Add("tokenizer.ggml.add_bos_token", true);
    }

    private static void AddTensors(GgufWriter writer, SyntheticShape shape, GgmlType type)
    {
        var weights = new RandomWeights(shape.Seed);
        var norm = GgmlType.Of("F32")!;
        void Add(string name, GgmlType of, params long[] dimensions) => writer.AddTensor(name, dimensions, of, weights.Of(of, dimensions));

        var (embedding, feedForward) = (shape.Embedding, shape.FeedForward);
        long kvWidth = shape.KvHeads * shape.HeadWidth;
        // Without an output tensor llama.cpp ties the output to the embedding.
        Add("token_embd.weight", type, embedding, shape.Vocabulary);
        Add("output_norm.weight", norm, embedding);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            var prefix = FormattableString.Invariant($"blk.{layer}.");
            Add(prefix + "attn_norm.weight", norm, embedding);
            Add(prefix + "attn_q.weight", type, embedding, embedding);
            Add(prefix + "attn_k.weight", type, embedding, kvWidth);
            Add(prefix + "attn_v.weight", type, embedding, kvWidth);
            Add(prefix + "attn_output.weight", type, embedding, embedding);
            Add(prefix + "ffn_norm.weight", norm, embedding);
            Add(prefix + "ffn_gate.weight", type, embedding, feedForward);
            Add(prefix + "ffn_up.weight", type, embedding, feedForward);
            Add(prefix + "ffn_down.weight", type, feedForward, embedding);
        }
    }
}
