using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// Further well-known models. The sizes are those of the <c>config.json</c> that each publisher stores with the weights on huggingface.co:
/// Qwen/Qwen2.5-0.5B … -72B, Qwen3-235B-A22B, Qwen3-Coder-30B-A3B-Instruct, Qwen3.5-27B, Qwen3.6-27B and Qwen3.8-27B (of one size);
/// google/gemma-2-2b, -9b, -27b; microsoft/Phi-3-mini-4k-instruct, -medium-4k-instruct, phi-4, Phi-4-mini-instruct;
/// mistralai/Mistral-Nemo-Instruct-2407, Mistral-Small-24B-Instruct-2501, Mixtral-8x7B-v0.1, Mixtral-8x22B-v0.1;
/// meta-llama/Llama-3.1-405B, Llama-4-Scout-17B-16E (text part); deepseek-ai/DeepSeek-V2-Lite, -R1, -V3.2; zai-org/GLM-4-9B-0414,
/// GLM-4.5-Air, GLM-4.5, GLM-4.6; ibm-granite/granite-4.0-h-tiny; LiquidAI/LFM2-1.2B. Layers that only predict further tokens are left
/// out. <see cref="KnownHybrids"/> has further ones.
/// </summary>
internal static class KnownFamilies
{
    private const int K = 1024;
    private static readonly AttentionLayer s_glm = new(96, 8, 128, 128);

    public static IEnumerable<KnownModel> All { get; } =
    [
        Qwen25("qwen2.5-0.5b", 24, 896, 14, 2, 4864) with { Tied = true },
        Qwen25("qwen2.5-1.5b", 28, 1536, 12, 2, 8960) with { Tied = true },
        Qwen25("qwen2.5-3b", 36, 2048, 16, 2, 11_008) with { Tied = true },
        Qwen25("qwen2.5-7b", 28, 3584, 28, 4, 18_944) with { Vocabulary = 152_064 },
        Qwen25("qwen2.5-14b", 48, 5120, 40, 8, 13_824) with { Vocabulary = 152_064 },
        Qwen25("qwen2.5-32b", 64, 5120, 40, 8, 27_648) with { Vocabulary = 152_064 },
        Qwen25("qwen2.5-72b", 80, 8192, 64, 8, 29_568) with { Vocabulary = 152_064 },
        Qwen3Experts("qwen3-235b-a22b", 94, 4096, 64, new ExpertShape(128, 8, 1536), 40 * K),
        Qwen3Experts("qwen3-coder-30b-a3b", 48, 2048, 32, new ExpertShape(128, 8, 768), 256 * K),
        Qwen36("qwen3.5-27b"),
        Qwen36("qwen3.6-27b"),
        Qwen36("qwen3.8-27b"),
        Gemma2("gemma-2-2b", 26, 2304, new AttentionLayer(8, 4, 256, 256, 4096), 9216),
        Gemma2("gemma-2-9b", 42, 3584, new AttentionLayer(16, 8, 256, 256, 4096), 14_336),
        Gemma2("gemma-2-27b", 46, 4608, new AttentionLayer(32, 16, 128, 128, 4096), 36_864),
        Plain(new("phi-3-mini", "phi3", 32, 3072, 32_064, 4 * K)
        {
            Attention = new AttentionLayer(32, 32, 96, 96), FeedForward = 8192,
        }),
        Plain(new("phi-3-medium", "phi3", 40, 5120, 32_064, 4 * K)
        {
            Attention = new AttentionLayer(40, 10, 128, 128), FeedForward = 17_920,
        }),
        Plain(new("phi-4", "phi3", 40, 5120, 100_352, 16 * K)
        {
            Attention = new AttentionLayer(40, 10, 128, 128), FeedForward = 17_920,
        }),
        Plain(new("phi-4-mini", "phi3", 32, 3072, 200_064, 128 * K)
        {
            Attention = new AttentionLayer(24, 8, 128, 128), FeedForward = 8192,
        }) with { Tied = true },
        Plain(new("mistral-nemo-12b", "llama", 40, 5120, 131_072, 128 * K)
        {
            Attention = new AttentionLayer(32, 8, 128, 128), FeedForward = 14_336,
        }),
        Plain(new("mistral-small-24b", "llama", 40, 5120, 131_072, 32 * K)
        {
            Attention = new AttentionLayer(32, 8, 128, 128), FeedForward = 32_768,
        }),
        Plain(new("mixtral-8x7b", "llama", 32, 4096, 32_000, 32 * K)
        {
            Attention = new AttentionLayer(32, 8, 128, 128), Experts = new ExpertShape(8, 2, 14_336),
        }),
        Plain(new("mixtral-8x22b", "llama", 56, 6144, 32_000, 64 * K)
        {
            Attention = new AttentionLayer(48, 8, 128, 128), Experts = new ExpertShape(8, 2, 16_384),
        }),
        // Published first with 16 key/value heads, and since August 2024 with 8, which hold half as much.
        Plain(new("llama-3.1-405b", "llama", 126, 16_384, 128_256, 128 * K)
        {
            Attention = new AttentionLayer(128, 16, 128, 128), FeedForward = 53_248,
        }),
        Plain(new("llama-3.1-405b-8kv", "llama", 126, 16_384, 128_256, 128 * K)
        {
            Attention = new AttentionLayer(128, 8, 128, 128), FeedForward = 53_248,
        }),
        Llama4("llama-4-scout"),
        new KnownModel("deepseek-v2-lite", "deepseek2", 27, 2048, 102_400, 160 * K)
        {
            Attention = new LatentAttentionLayer(16, 512, 64), FeedForward = 10_944, LeadingDenseLayers = 1,
            Experts = new ExpertShape(64, 6, 1408, 2816), VectorsPerLayer = 2 * 2048,
        },
        DeepSeek("deepseek-r1", "deepseek2", new LatentAttentionLayer(128, 512, 64)),
        DeepSeek("deepseek-v3.2", "deepseek32", new LatentAttentionLayer(128, 512, 64) { IndexerLength = 128 }),
        Plain(new("glm-4-9b", "glm4", 40, 4096, 151_552, 32 * K)
        {
            Attention = new AttentionLayer(32, 2, 128, 128), FeedForward = 13_696,
        }),
        Glm45(new("glm-4.5-air", "glm4moe", 46, 4096, 151_552, 128 * K)
        {
            Attention = s_glm, FeedForward = 10_944, LeadingDenseLayers = 1,
            Experts = new ExpertShape(128, 8, 1408, 1408, BiasedRouter: true),
        }),
        Glm45(new("glm-4.5", "glm4moe", 92, 5120, 151_552, 128 * K)
        {
            Attention = s_glm, FeedForward = 12_288, LeadingDenseLayers = 3,
            Experts = new ExpertShape(160, 8, 1536, 1536, BiasedRouter: true),
        }),
        Glm45(new("glm-4.6", "glm4moe", 92, 5120, 151_552, 198 * K)
        {
            Attention = s_glm, FeedForward = 12_288, LeadingDenseLayers = 3,
            Experts = new ExpertShape(160, 8, 1536, 1536, BiasedRouter: true),
        }),
        KnownModels.Granite("granite-4.0-h-tiny", 1536, new AttentionLayer(12, 4, 128, 128), new ExpertShape(64, 6, 512, 1024)),
        Lfm2("lfm2-1.2b"),
    ];

    // Two norms in each layer.
    private static KnownModel Plain(KnownModel model) => model with { VectorsPerLayer = 2L * model.Embedding };

    // Queries, keys and values have biases.
    private static KnownModel Qwen25(string name, int layers, int embedding, int heads, int kvHeads, int feedForward) =>
        new(name, "qwen2", layers, embedding, 151_936, 32 * K)
        {
            Attention = new AttentionLayer(heads, kvHeads, embedding / heads, embedding / heads),
            FeedForward = feedForward,
            VectorsPerLayer = 2L * embedding + (heads + 2L * kvHeads) * (embedding / heads),
        };

    private static KnownModel Qwen3Experts(string name, int layers, int embedding, int heads, ExpertShape experts, int context) =>
        new(name, "qwen3moe", layers, embedding, 151_936, context)
        {
            Attention = new AttentionLayer(heads, 4, 128, 128),
            Experts = experts,
            VectorsPerLayer = 2L * embedding + 2 * 128,
        };

    // Each fourth layer has attention, the others a gated delta net.
    private static KnownModel Qwen36(string name)
    {
        var attention = new AttentionLayer(24, 4, 256, 256);
        var recurrent = new RecurrentLayer(4, 6144, 128, 16);
        return new KnownModel(name, "qwen35", 64, 5120, 248_320, 256 * K)
        {
            Attention = attention,
            HasQueryGate = true,
            RecurrentHeads = 48,
            LayerAt = index => index % 4 == 3 ? attention : recurrent,
            FeedForward = 17_408,
            VectorsPerLayer = 2 * 5120,
        };
    }

    // Every second layer attends to the whole context, the others to a sliding window.
    private static KnownModel Gemma2(string name, int layers, int embedding, AttentionLayer sliding, int feedForward)
    {
        var full = sliding with { SlidingWindow = null };
        return new KnownModel(name, "gemma2", layers, embedding, 256_000, 8 * K)
        {
            Attention = full,
            LayerAt = index => index % 2 == 1 ? full : sliding,
            FeedForward = feedForward,
            Tied = true,
            VectorsPerLayer = 4L * embedding,
        };
    }

    // Three of four layers attend to chunks of 8,192 tokens.
    private static KnownModel Llama4(string name)
    {
        var full = new AttentionLayer(40, 8, 128, 128);
        var chunked = full with { SlidingWindow = 8192 };
        return new KnownModel(name, "llama4", 48, 5120, 202_048, 10 * K * K)
        {
            Attention = full,
            LayerAt = index => index % 4 == 3 ? full : chunked,
            Experts = new ExpertShape(16, 1, 8192, 8192),
            VectorsPerLayer = 2 * 5120,
        };
    }

    private static KnownModel DeepSeek(string name, string architecture, LatentAttentionLayer attention) =>
        new(name, architecture, 61, 7168, 129_280, 160 * K)
        {
            Attention = attention,
            QueryRank = 1536,
            FeedForward = 18_432,
            LeadingDenseLayers = 3,
            Experts = new ExpertShape(256, 8, 2048, 2048, BiasedRouter: true),
            VectorsPerLayer = 2 * 7168,
        };

    private static KnownModel Glm45(KnownModel model) => model with { VectorsPerLayer = 2L * model.Embedding + (96 + 2 * 8) * 128 };

    // Short convolutions, and attention in 6 of 16 layers.
    private static KnownModel Lfm2(string name)
    {
        var attention = new AttentionLayer(32, 8, 64, 64);
        var convolution = new RecurrentLayer(3, 2048, 0, 0);
        return new KnownModel(name, "lfm2", 16, 2048, 65_536, 125 * K)
        {
            Attention = attention,
            LayerAt = index => index is 2 or 5 or 8 or 10 or 12 or 14 ? attention : convolution,
            FeedForward = 8192,
            Tied = true,
            VectorsPerLayer = 2 * 2048,
        };
    }
}
