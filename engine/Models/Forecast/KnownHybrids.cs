using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// Further well-known models, whose layers differ. The sizes are those that llama.cpp prints for the published GGUF files:
/// Qwen/Qwen3-Next-80B-A3B-Instruct (llama.cpp#17578, lmstudio-bug-tracker#1266), Qwen3.5-35B-A3B and Qwen3.6-35B-A3B (llama.cpp#23269),
/// Qwen3.5-397B-A17B (llama.cpp#13194); google/gemma-4-E4B (ollama#18123); meta-llama/Llama-4-Maverick-17B-128E (aiconfigurator#582);
/// google/gemma-3n-E2B, -E4B (the defaults of Transformers' <c>Gemma3nConfig</c>, and the parameters of ollama#11286), gemma-4-12B
/// (zackshen/gguf#21, transformers#46467), gemma-4-26B-A4B (llamacpp-rocm#81, gemma.cpp#889, slime's <c>gemma4-26B-A4B.sh</c>),
/// gemma-4-31B (llama.cpp#21760, gemma.cpp#889, slime's <c>gemma4-31B.sh</c>); Qwen3.5-122B-A10B (InferSim#11, xllm#2153); the
/// <c>config.json</c> of ibm-granite/granite-4.0-350m, -1b, -micro, -h-350m, -h-1b and -h-micro;
/// nvidia/NVIDIA-Nemotron-Nano-9B-v2 (its configuration), Nemotron-3-Nano-30B-A3B (lmstudio-bug-tracker#1365, llama.cpp#20570).
/// All parameter counts equal the published ones within 1%; none was found of gemma-4-12B, whose header gives them.
/// </summary>
internal static class KnownHybrids
{
    private const int K = 1024;

    public static IEnumerable<KnownModel> All { get; } =
    [
        Delta(new("qwen3-next-80b-a3b", "qwen3next", 48, 2048, 151_936, 256 * K)
        {
            Attention = new AttentionLayer(16, 2, 256, 256), RecurrentHeads = 32, Experts = new ExpertShape(512, 10, 512, 512),
        }),
        Delta(new("qwen3.5-35b-a3b", "qwen35moe", 40, 2048, 248_320, 256 * K)
        {
            Attention = new AttentionLayer(16, 2, 256, 256), RecurrentHeads = 32, Experts = new ExpertShape(256, 8, 512, 512),
        }),
        Delta(new("qwen3.6-35b-a3b", "qwen35moe", 40, 2048, 248_320, 256 * K)
        {
            Attention = new AttentionLayer(16, 2, 256, 256), RecurrentHeads = 32, Experts = new ExpertShape(256, 8, 512, 512),
        }),
        Delta(new("qwen3.5-122b-a10b", "qwen35moe", 48, 3072, 248_320, 256 * K)
        {
            Attention = new AttentionLayer(32, 2, 256, 256), RecurrentHeads = 64, Experts = new ExpertShape(256, 8, 1024, 1024),
        }),
        Delta(new("qwen3.5-397b-a17b", "qwen35moe", 60, 4096, 248_320, 256 * K)
        {
            Attention = new AttentionLayer(32, 2, 256, 256), RecurrentHeads = 64, Experts = new ExpertShape(512, 10, 1024, 1024),
        }),
        Gemma3n("gemma-3n-e2b", 30, 8192, 10),
        Gemma3n("gemma-3n-e4b", 35, 16_384, 15),
        Gemma4("gemma-4-e4b", 42, 2560, 10_240, 18),
        Gemma4Wide("gemma-4-12b", 48, 3840, new AttentionLayer(16, 1, 512, 512)) with { FeedForward = 15_360 },
        Gemma4Wide("gemma-4-26b-a4b", 30, 2816, new AttentionLayer(16, 2, 512, 512)) with
        {
            FeedForward = 2112, Experts = new ExpertShape(128, 8, 704), HasDenseBesideExperts = true,
        },
        Gemma4Wide("gemma-4-31b", 60, 5376, new AttentionLayer(32, 4, 512, 512)) with { FeedForward = 21_504 },
        Granite("granite-4.0-350m", 28, 1024, new AttentionLayer(16, 4, 64, 64), 2048) with { TrainedContext = 32 * K },
        Granite("granite-4.0-1b", 40, 2048, new AttentionLayer(16, 4, 128, 128), 4096),
        Granite("granite-4.0-micro", 40, 2560, new AttentionLayer(40, 8, 64, 64), 8192),
        GraniteHybrid(Granite("granite-4.0-h-350m", 32, 768, new AttentionLayer(12, 4, 64, 64), 2048) with { TrainedContext = 32 * K },
            index => index is 10 or 13 or 17 or 27, 48),
        GraniteHybrid(Granite("granite-4.0-h-1b", 40, 1536, new AttentionLayer(12, 4, 128, 128), 4096), index => index % 10 == 5, 48),
        GraniteHybrid(Granite("granite-4.0-h-micro", 40, 2048, new AttentionLayer(32, 8, 64, 64), 8192), index => index % 10 == 5, 64),
        Maverick(),
        Nemotron(new("nemotron-nano-9b-v2", "nemotron_h", 56, 4480, 131_072, 128 * K)
        {
            Attention = new AttentionLayer(40, 8, 128, 128), RecurrentHeads = 128, FeedForward = 15_680,
        }, new RecurrentLayer(4, 128 * 80, 128, 8), "M-M-M-MM-M-M-M*-M-M-M*-M-M-M-M*-M-M-M-M*-M-MM-M-M-M-M-M-"),
        Nemotron(new("nemotron-3-nano-30b-a3b", "nemotron_h_moe", 52, 2688, 131_072, 256 * K)
        {
            Attention = new AttentionLayer(32, 2, 128, 128), RecurrentHeads = 64,
            Experts = new ExpertShape(128, 6, 1856, 3712, BiasedRouter: true),
        }, new RecurrentLayer(4, 64 * 64, 128, 8), "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME"),
    ];

    // Each fourth layer has attention with a gate, the others a gated delta net of 16 groups with 128 states for each head.
    private static KnownModel Delta(KnownModel model)
    {
        var recurrent = new RecurrentLayer(4, 128 * model.RecurrentHeads, 128, 16);
        return model with
        {
            HasQueryGate = true,
            LayerAt = index => index % 4 == 3 ? model.Attention : recurrent,
            VectorsPerLayer = 2L * model.Embedding,
        };
    }

    // One layer in five attends to the whole context, and the last ones share its keys and values. Each layer has an input of 256 for each
    // token, a low-rank block of 64, and four versions of the residual stream.
    private static KnownModel Gemma3n(string name, int layers, int feedForward, int shared)
    {
        const int Embedding = 2048;
        var full = new AttentionLayer(8, 2, 256, 256);
        var sliding = full with { SlidingWindow = 512 };
        return new KnownModel(name, "gemma3n", layers, Embedding, 262_144, 32 * K)
        {
            Attention = full,
            LayerAt = index => index % 5 == 4 ? full : sliding,
            FeedForward = feedForward,
            Tied = true,
            PerLayerInput = 256,
            SharedKvLayers = shared,
            MatricesPerLayer = 2L * Embedding * 256 + 2L * Embedding * 64,
            OtherMatrices = (long)Embedding * 256 * layers + 6L * Embedding * Embedding,
            VectorsPerLayer = 6L * Embedding,
        };
    }

    // Layers that attend to the whole context have heads of twice the width.
    private static KnownModel Gemma4(string name, int layers, int embedding, int feedForward, int shared)
    {
        var full = new AttentionLayer(8, 2, 512, 512);
        var sliding = new AttentionLayer(8, 2, 256, 256, 512);
        return new KnownModel(name, "gemma4", layers, embedding, 262_144, 128 * K)
        {
            Attention = full,
            LayerAt = index => index % 6 == 5 ? full : sliding,
            FeedForward = feedForward,
            Tied = true,
            PerLayerInput = 256,
            SharedKvLayers = shared,
            MatricesPerLayer = 2L * embedding * 256,
            OtherMatrices = (long)embedding * 256 * layers,
            VectorsPerLayer = 5L * embedding,
        };
    }

    // Without inputs for each layer and without shared caches. Layers that attend to the whole context have one head of keys, which are
    // their values too.
    private static KnownModel Gemma4Wide(string name, int layers, int embedding, AttentionLayer full)
    {
        var sliding = new AttentionLayer(full.HeadCount, full.HeadCount / 2, 256, 256, 1024);
        return new KnownModel(name, "gemma4", layers, embedding, 262_144, 256 * K)
        {
            Attention = full,
            LayerAt = index => index % 6 == 5 ? full : sliding,
            KeysAreValuesAt = index => index % 6 == 5,
            Tied = true,
            VectorsPerLayer = 4L * embedding,
        };
    }

    private static KnownModel Granite(string name, int layers, int embedding, AttentionLayer attention, int feedForward) =>
        new(name, "granite", layers, embedding, 100_352, 128 * K)
        {
            Attention = attention,
            FeedForward = feedForward,
            Tied = true,
            VectorsPerLayer = 2L * embedding,
        };

    // Mamba-2 of twice the width in most layers.
    private static KnownModel GraniteHybrid(KnownModel model, Func<int, bool> hasAttention, int heads)
    {
        var recurrent = new RecurrentLayer(4, 2 * model.Embedding, 128, 1);
        return model with
        {
            Architecture = "granitehybrid",
            RecurrentHeads = heads,
            LayerAt = index => hasAttention(index) ? model.Attention : recurrent,
        };
    }

    // As Scout, with more experts, in every second layer.
    private static KnownModel Maverick()
    {
        var full = new AttentionLayer(40, 8, 128, 128);
        var chunked = full with { SlidingWindow = 8192 };
        return new KnownModel("llama-4-maverick", "llama4", 48, 5120, 202_048, K * K)
        {
            Attention = full,
            LayerAt = index => index % 4 == 3 ? full : chunked,
            FeedForward = 16_384,
            Experts = new ExpertShape(128, 1, 8192, 8192),
            ExpertPeriod = 2,
            VectorsPerLayer = 2 * 5120,
        };
    }

    // Each layer is one block: a recurrent one (M), attention (*), or a feed-forward block (-) or experts (E) without a gate.
    private static KnownModel Nemotron(KnownModel model, RecurrentLayer recurrent, string blocks) => model with
    {
        LayerAt = index => blocks[index] switch { '*' => model.Attention, 'M' => recurrent, _ => new StatelessLayer() },
        HasFeedForwardAt = index => blocks[index] is '-' or 'E',
        HasNoFeedForwardGate = true,
        VectorsPerLayer = model.Embedding,
    };
}
