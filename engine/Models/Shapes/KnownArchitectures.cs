using System.Collections.Frozen;

namespace MemoryWall.Models.Shapes;

/// <summary>
/// What llama.cpp does with an architecture that no key of the model file tells. Sources: <c>llama_model::create_memory</c>,
/// <c>llm_arch_is_diffusion</c>, <c>llm_arch_supports_rs_rollback</c>, and the loader of each architecture (<c>src/models</c>).
/// </summary>
internal static class KnownArchitectures
{
    /// <summary>Models that encode texts; llama.cpp makes no KV cache for them.</summary>
    private static readonly FrozenSet<string> s_encoders = ToSet(
        "bert eurobert gemma-embedding jina-bert-v2 jina-bert-v3 modern-bert neo-bert nomic-bert nomic-bert-moe t5encoder "
        + "wavtokenizer-dec");

    /// <summary>Models that generate by diffusion, which has no cache of earlier tokens.</summary>
    private static readonly FrozenSet<string> s_diffusion = ToSet("diffusion-gemma dream llada llada-moe rnd1");

    /// <summary>Architectures whose layers are read by llama.cpp's rules.</summary>
    private static readonly FrozenSet<string> s_decoders = ToSet(
        "afmoe apertus arcee arctic arwkv7 baichuan bailingmoe bailingmoe2 bailingmoe3 bitnet bloom chameleon chatglm codeshell "
        + "cogvlm cohere2 cohere2moe command-r dbrx deci deepseek deepseek2 deepseek2-ocr deepseek32 deepseek4 dots1 dots3note "
        + "ernie4_5 ernie4_5-moe exaone exaone-moe exaone4 falcon falcon-h1 gemma gemma2 gemma3 gemma3n gemma4 glm-dsa glm4 glm4moe "
        + "glm5-next gpt-oss gpt2 gptneox gptoss granite granite_swa granitehybrid granitemoe graniteswitch grok grovemoe hrm_text "
        + "hunyuan-dense hunyuan-moe hunyuan_vl hy_v3 hy_v4 internlm2 jais jais2 jamba k2-horizon kimi-k3 kimi-linear laguna lfm2 "
        + "lfm2moe llama llama4 maincoder maion-coder mamba mamba2 maple mellum mimo2 minicpm minicpm3 minimax-01 minimax-m2 "
        + "minimax-m3 mistral3 mistral4 mpt muse-glimmer nanbeige nemotron nemotron_h nemotron_h_moe olmo olmo2 olmoe openelm orion "
        + "paddleocr pangu-embedded phi2 phi3 phimoe plamo plamo2 plamo3 plm qwen qwen2 qwen2moe qwen2vl qwen3 qwen35 qwen35moe "
        + "qwen3moe qwen3next qwen3vl qwen3vlmoe qwen4exp refact rwkv6 rwkv6qwen2 rwkv7 seed_oss smallthinker smollm3 spark2_5 "
        + "stablelm starcoder starcoder2 step35 t5 talkie xverse");

    /// <summary>Feed-forward blocks of two matrices, without a gate.</summary>
    private static readonly FrozenSet<string> s_ungated = ToSet(
        "apertus arcee bloom codeshell falcon gpt2 gptneox jais2 mpt nemotron nemotron_h phi2 starcoder starcoder2");

    /// <summary>Architectures that go back to an earlier recurrent state after a rejected draft, and keep one for each drafted
    /// token.</summary>
    private static readonly FrozenSet<string> s_rollback = ToSet(
        "bailingmoe3 deepseek4 glm5-next kimi-k3 lfm2 lfm2moe nemotron_h nemotron_h_moe qwen35 qwen35moe qwen4exp");

    /// <summary>Architectures whose graph depends on whether a micro-batch has tokens or vectors, so that it never has both.</summary>
    private static readonly FrozenSet<string> s_unmixed = ToSet("cogvlm deepseek4 gemma4-assistant graniteswitch");

    /// <summary>Mixtures whose experts are as wide as the feed-forward length says, whatever their own key says.</summary>
    private static readonly FrozenSet<string> s_wideExperts = ToSet(
        "arctic dbrx granite_swa granitehybrid granitemoe grok hunyuan-moe llama minimax-01 minimax-m2 olmoe phimoe");

    /// <summary>Mixtures of which only one layer of every so many has experts, as a key says.</summary>
    private static readonly FrozenSet<string> s_interleaved = ToSet("ernie4_5-moe llama4 maion-coder");

    /// <summary>Whether experts have the width of the dense feed-forward block.</summary>
    public static bool HasWideExperts(string architecture) => s_wideExperts.Contains(architecture);

    /// <summary>Whether experts are in one layer of every so many (<c>interleave_moe_layer_step</c>).</summary>
    public static bool InterleavesExperts(string architecture) => s_interleaved.Contains(architecture);

    /// <summary>The key of the width of what experts read and write; null where that is the residual stream's.</summary>
    public static string? ExpertLatentKey(string architecture) => architecture switch
    {
        "kimi-k3" => "expert_latent_length",
        "maion-coder" or "nemotron_h_moe" => "moe_latent_size",
        _ => null,
    };

    /// <summary>Whether feed-forward blocks multiply their input with a gate.</summary>
    public static bool HasGate(string architecture) => !s_ungated.Contains(architecture);

    /// <summary>Whether a micro-batch may have tokens and vectors (of images) beside each other (<c>llm_arch_supports_mixed_batch</c>).
    /// </summary>
    public static bool TakesMixedBatches(string architecture) => !s_unmixed.Contains(architecture);

    /// <summary>Whether recurrent states are kept once more for each drafted token.</summary>
    public static bool KeepsStatesForDrafts(string architecture) => s_rollback.Contains(architecture);

    /// <summary>Whether the attention cannot be computed by flash attention, so that llama.cpp turns it off.</summary>
    public static bool ForbidsFlashAttention(string architecture) => architecture == "grok";

    /// <summary>Whether the architecture's layers are read by llama.cpp's rules; false for one that is read by common keys only.</summary>
    public static bool IsKnown(string architecture) => s_decoders.Contains(architecture) || WhyNoCache(architecture) is not null;

    /// <summary>Why a model has no KV cache at all; null where it has one.</summary>
    public static string? WhyNoCache(string architecture) =>
        s_encoders.Contains(architecture) ? "an encoder: it reads a text at once and generates none"
        : s_diffusion.Contains(architecture) ? "a diffusion model: it computes all tokens again in each step"
        : null;

    /// <summary>Whether layers that only draft have a row in the main KV cache: so it is in hybrid models whose rows are those of all
    /// layers without a recurrent state.</summary>
    public static bool KeepsDraftRows(string architecture) =>
        architecture is "bailingmoe3" or "deepseek4" or "kimi-linear" or "jamba" or "granitehybrid";

    private static FrozenSet<string> ToSet(string names) => names.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
