using System.Diagnostics.CodeAnalysis;
using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// Shapes of well-known models, so that memory can be forecast without a model file. The sizes are those of the <c>config.json</c> that
/// each publisher stores with the weights on huggingface.co: meta-llama/Llama-3.2-1B, -3B, Llama-3.1-8B, Llama-3.3-70B-Instruct;
/// mistralai/Mistral-7B-v0.3; Qwen/Qwen3-0.6B … -32B, Qwen3-30B-A3B; openai/gpt-oss-20b, -120b; deepseek-ai/DeepSeek-V3 (without its
/// multi-token-prediction layer, as in GGUF files); google/gemma-3-1b-it, -4b, -12b, -27b (text part); ibm-granite/granite-4.0-h-small.
/// The parameter counts equal the published ones. <see cref="KnownFamilies"/> has further models.
/// </summary>
internal static class KnownModels
{
    private const int K = 1024;
    private const int LlamaVocabulary = 128_256;
    private const int QwenVocabulary = 151_936;

    private static readonly Dictionary<string, KnownModel> s_models = new[]
    {
        Llama("llama-3.2-1b", 16, 2048, new AttentionLayer(32, 8, 64, 64), 8192) with { Tied = true },
        Llama("llama-3.2-3b", 28, 3072, new AttentionLayer(24, 8, 128, 128), 8192) with { Tied = true },
        Llama("llama-3.1-8b", 32, 4096, new AttentionLayer(32, 8, 128, 128), 14_336),
        Llama("llama-3.1-70b", 80, 8192, new AttentionLayer(64, 8, 128, 128), 28_672),
        Llama("llama-3.3-70b", 80, 8192, new AttentionLayer(64, 8, 128, 128), 28_672),
        new KnownModel("mistral-7b", "llama", 32, 4096, 32_768, 32 * K)
        {
            Attention = new AttentionLayer(32, 8, 128, 128), FeedForward = 14_336, VectorsPerLayer = 2 * 4096,
        },
        Qwen3("qwen3-0.6b", 28, 1024, 16, 3072) with { Tied = true },
        Qwen3("qwen3-1.7b", 28, 2048, 16, 6144) with { Tied = true },
        Qwen3("qwen3-4b", 36, 2560, 32, 9728) with { Tied = true },
        Qwen3("qwen3-8b", 36, 4096, 32, 12_288),
        Qwen3("qwen3-14b", 40, 5120, 40, 17_408),
        Qwen3("qwen3-32b", 64, 5120, 64, 25_600),
        new KnownModel("qwen3-30b-a3b", "qwen3moe", 48, 2048, QwenVocabulary, 40 * K)
        {
            Attention = new AttentionLayer(32, 4, 128, 128), Experts = new ExpertShape(128, 8, 768), VectorsPerLayer = 2 * 2048 + 2 * 128,
        },
        GptOss("gpt-oss-20b", 24, 32),
        GptOss("gpt-oss-120b", 36, 128),
        new KnownModel("deepseek-v3", "deepseek2", 61, 7168, 129_280, 160 * K)
        {
            Attention = new LatentAttentionLayer(128, 512, 64), QueryRank = 1536, FeedForward = 18_432, LeadingDenseLayers = 3,
            Experts = new ExpertShape(256, 8, 2048, 2048, BiasedRouter: true), VectorsPerLayer = 2 * 7168,
        },
        Gemma3("gemma-3-1b", 26, 1152, new AttentionLayer(4, 1, 256, 256, SlidingWindow: 512), 6912) with
        {
            Vocabulary = 262_144, TrainedContext = 32 * K,
        },
        Gemma3("gemma-3-4b", 34, 2560, new AttentionLayer(8, 4, 256, 256, SlidingWindow: 1024), 10_240),
        Gemma3("gemma-3-12b", 48, 3840, new AttentionLayer(16, 8, 256, 256, SlidingWindow: 1024), 15_360),
        Gemma3("gemma-3-27b", 62, 5376, new AttentionLayer(32, 16, 128, 128, SlidingWindow: 1024), 21_504),
        Granite("granite-4.0-h-small", 4096, new AttentionLayer(32, 8, 128, 128), new ExpertShape(72, 10, 768, 1536)),
    }.Concat(KnownFamilies.All).Concat(KnownHybrids.All).ToDictionary(model => model.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The names, ordered by family.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_models.Keys];

    /// <summary>The shape of a known model.</summary>
    /// <param name="name">Its name, for example <c>llama-3.1-8b</c>; case does not matter.</param>
    /// <param name="type">The weight type; null for the usual download: mxfp4 for gpt-oss, otherwise q4_k_m.</param>
    /// <param name="shape">The shape with its parameter count, weight bytes and the bytes read per token.</param>
    public static bool TryGet(string name, WeightType? type, [NotNullWhen(true)] out ModelShape? shape)
    {
        shape = s_models.TryGetValue(name, out var model) ? model.CreateShape(type ?? model.PublishedType) : null;
        return shape is not null;
    }

    private static KnownModel Llama(string name, int layers, int embedding, AttentionLayer attention, int feedForward) =>
        new(name, "llama", layers, embedding, LlamaVocabulary, 128 * K)
        {
            Attention = attention,
            FeedForward = feedForward,
            VectorsPerLayer = 2L * embedding,
        };

    private static KnownModel Qwen3(string name, int layers, int embedding, int heads, int feedForward) =>
        new(name, "qwen3", layers, embedding, QwenVocabulary, 40 * K)
        {
            Attention = new AttentionLayer(heads, 8, 128, 128),
            FeedForward = feedForward,
            VectorsPerLayer = 2L * embedding + 2 * 128,
        };

    // Every sixth layer attends to the whole context, the others to a sliding window.
    private static KnownModel Gemma3(string name, int layers, int embedding, AttentionLayer sliding, int feedForward)
    {
        var full = sliding with { SlidingWindow = null };
        return new KnownModel(name, "gemma3", layers, embedding, 262_208, 128 * K)
        {
            Attention = full,
            LayerAt = index => index % 6 == 5 ? full : sliding,
            FeedForward = feedForward,
            Tied = true,
            VectorsPerLayer = 4L * embedding + 2 * full.KeyLength,
        };
    }

    // Every second layer attends to the whole context. Projections and experts have biases, heads have sinks.
    private static KnownModel GptOss(string name, int layers, int experts)
    {
        var full = new AttentionLayer(64, 8, 64, 64);
        var sliding = full with { SlidingWindow = 128 };
        return new KnownModel(name, "gpt-oss", layers, 2880, 201_088, 128 * K)
        {
            Attention = full,
            LayerAt = index => index % 2 == 1 ? full : sliding,
            Experts = new ExpertShape(experts, 4, 2880, BiasedRouter: true),
            PublishedType = WeightType.MxFp4,
            VectorsPerLayer = 3 * 2880 + 64 * 64 + 2 * 8 * 64 + 64 + experts * 3L * 2880,
        };
    }

    // Attention in 4 of 40 layers, Mamba-2 in the others with twice the width in heads of 64, experts in all.
    internal static KnownModel Granite(string name, int embedding, AttentionLayer attention, ExpertShape experts)
    {
        var inner = 2 * embedding;
        var recurrent = new RecurrentLayer(4, inner, 128, 1);
        return new KnownModel(name, "granitehybrid", 40, embedding, 100_352, 128 * K)
        {
            Attention = attention,
            RecurrentHeads = inner / 64,
            LayerAt = index => index % 10 == 5 ? attention : recurrent,
            Experts = experts,
            Tied = true,
            VectorsPerLayer = inner,
        };
    }
}
