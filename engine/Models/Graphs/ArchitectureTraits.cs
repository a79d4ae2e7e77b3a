using System.Collections.Frozen;
using MemoryWall.Core.Facts;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Models.Graphs;

/// <summary>The traits of llama.cpp's architectures that no key of the model file tells. Source: the graph of each (<c>src/models</c>).
/// </summary>
internal static class ArchitectureTraits
{
    /// <summary>Query, key and value in one matrix, where the file does not list its tensors.</summary>
    private static readonly FrozenSet<string> s_fused =
        ToSet("bloom chatglm codeshell cogvlm dbrx falcon gpt2 gptneox jais mpt openelm phi2 phi3 qwen starcoder");

    /// <summary>Positions that are added, or a bias of the scores: queries and keys are not copied.</summary>
    private static readonly FrozenSet<string> s_withoutRope =
        ToSet("bloom gpt2 jais jamba kimi-k3 mpt nemotron_h nemotron_h_moe refact starcoder");

    private static readonly FrozenSet<string> s_layerNorm =
        ToSet("bloom chameleon codeshell cohere2 cohere2moe command-r dbrx falcon gpt2 gptneox jais jais2 mpt nemotron olmo orion phi2 "
            + "phimoe stablelm starcoder starcoder2");

    private static readonly FrozenSet<string> s_besideAttention = ToSet("cohere2 cohere2moe command-r falcon phi2 plamo");

    private static readonly FrozenSet<string> s_withoutNorm = ToSet("exaone4 olmo2");

    private static readonly FrozenSet<string> s_gateInQuery = ToSet("qwen35 qwen35moe qwen3next qwen4exp");

    private static readonly FrozenSet<string> s_keepsAllRows =
        ToSet("bailingmoe3 cohere2moe gemma4 gpt-oss gptoss hy_v3 nemotron_h nemotron_h_moe qwen35 qwen35moe qwen3next step35");

    private static readonly FrozenDictionary<string, RecurrentKind> s_recurrent = new Dictionary<string, RecurrentKind>
    {
        ["mamba"] = RecurrentKind.Scan,
        ["jamba"] = RecurrentKind.Scan,
        ["mamba2"] = RecurrentKind.GroupedScan,
        ["falcon-h1"] = RecurrentKind.GroupedScan,
        ["granitehybrid"] = RecurrentKind.GroupedScan,
        ["nemotron_h"] = RecurrentKind.GroupedScan,
        ["nemotron_h_moe"] = RecurrentKind.GroupedScan,
        ["plamo2"] = RecurrentKind.GroupedScan,
        ["qwen3next"] = RecurrentKind.RepeatedDeltaNet,
        ["qwen35"] = RecurrentKind.DeltaNet,
        ["qwen35moe"] = RecurrentKind.DeltaNet,
        ["qwen4exp"] = RecurrentKind.DeltaNet,
        ["kimi-linear"] = RecurrentKind.KeyedDeltaNet,
        ["glm5-next"] = RecurrentKind.KeyedDeltaNet,
        ["kimi-k3"] = RecurrentKind.KeyedDeltaNetFullGate,
        ["bailingmoe3"] = RecurrentKind.KeyedDeltaNet,
        ["lfm2"] = RecurrentKind.ShortConvolution,
        ["lfm2moe"] = RecurrentKind.ShortConvolution,
        ["minimax-01"] = RecurrentKind.Lightning,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The traits of a model.</summary>
    public static GraphTraits Of(ModelShape shape)
    {
        var name = shape.Architecture;
        var kind = s_recurrent.GetValueOrDefault(name);
        return new GraphTraits
        {
            HasFusedQkv = IsFused(shape, kind),
            HasRope = !s_withoutRope.Contains(name),
            HasLayerNorm = s_layerNorm.Contains(name),
            HasGroupNorm = name == "k2-horizon",
            IsGated = KnownArchitectures.HasGate(name),
            Gate = s_gateInQuery.Contains(name) ? AttentionGate.InQuery
                : name switch
                {
                    "afmoe" or "hrm_text" or "hy_v4" or "kimi-k3" or "muse-glimmer" => AttentionGate.Value,
                    "k2-horizon" when HasTensor(shape, ".attn_gate.weight") => AttentionGate.Value,
                    "dots3note" or "laguna" or "spark2_5" or "step35" => AttentionGate.Head,
                    _ => AttentionGate.None,
                },
            FeedForward = s_besideAttention.Contains(name) ? FeedForwardInput.AttentionInput
                : s_withoutNorm.Contains(name) ? FeedForwardInput.Sum
                : name == "gptneox" ? FeedForwardInput.NormedStream : FeedForwardInput.NormedSum,
            AddsAttentionFirst = name == "phi2",
            AddsToStream = name is "lfm2" or "lfm2moe",
            KeepsAllRows = s_keepsAllRows.Contains(name),
            ReservesForOneSequence = name is "kimi-linear" or "minimax-01",
            HasFeedForward = name is not ("mamba" or "mamba2"),
            HasLayersAlone = name is "nemotron_h" or "nemotron_h_moe",
            HasPairs = name == "falcon-h1",
            HasDenseBesideExperts = name is "arctic" or "gemma4",
            Mixing = shape.ResidualStreams < 2 ? StreamMixing.None : name switch
            {
                "deepseek4" => StreamMixing.Sinkhorn,
                "glm5-next" => StreamMixing.SinkhornMean,
                "hy_v4" => StreamMixing.Independent,
                "qwen4exp" => StreamMixing.Gated,
                _ => StreamMixing.None,
            },
            HasSituActivation = name == "kimi-k3",
            Recurrent = kind,
        };
    }

    // Recurrent layers have a matrix of that name too.
    private static bool IsFused(ModelShape shape, RecurrentKind kind) =>
        kind == RecurrentKind.Unknown && HasTensor(shape, ".attn_qkv.weight")
            || s_fused.Contains(shape.Architecture) && !HasTensor(shape, ".attn_q.weight");

    private static bool HasTensor(ModelShape shape, string name) =>
        shape.WeightTensors?.Any(tensor => tensor.Name.EndsWith(name, StringComparison.Ordinal)) == true;

    private static FrozenSet<string> ToSet(string names) => names.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
