namespace MemoryWall.Benchmarks.ServerMemory;

/// <summary>What is known of a small model before llama.cpp is asked.</summary>
/// <param name="Name">Its name: the architecture, or that of a model with a layer that only drafts.</param>
/// <param name="Architecture">llama.cpp's name of the architecture.</param>
/// <param name="Metadata">Its keys.</param>
internal sealed record ServerModel(string Name, string Architecture, IReadOnlyDictionary<string, object> Metadata)
{
    /// <summary>Whether it has a layer that only drafts.</summary>
    public bool HasDraftLayer { get; init; }

    /// <summary>Tensors that the loader takes for optional, so that no message names them, and that the graph needs.</summary>
    public IReadOnlyList<string> Unnamed { get; init; } = [];
}

/// <summary>The keys of small models, one of each architecture.</summary>
internal static class ServerModels
{
    private const uint Layers = 6;
    private const int VocabularySize = 2000;

    // Of hybrid models one layer of so many has attention, of Nemotron-H one of them is a feed-forward block.
    private const int AttentionPeriod = 3;

    // llama.cpp's own where a file has no key for it.
    private const int FullAttentionInterval = 4;

    private static readonly string[] s_dense = ("llama deci falcon gpt2 gptneox mpt baichuan starcoder refact bloom stablelm qwen qwen2 "
        + "qwen2vl qwen3 qwen3vl phi2 phi3 plamo codeshell orion internlm2 minicpm minicpm3 gemma gemma2 gemma3 gemma3n gemma4 starcoder2 "
        + "xverse command-r cohere2 olmo olmo2 openelm chatglm glm4 bitnet jais jais2 nemotron exaone exaone4 granite chameleon arcee "
        + "ernie4_5 hunyuan-dense smollm3 plm seed_oss apertus cogvlm pangu-embedded mistral3 maincoder talkie nanbeige "
        + "graniteswitch hunyuan_vl paddleocr muse-glimmer spark2_5 hrm_text").Split(' ');

    private static readonly string[] s_experts = ("grok llama4 qwen2moe qwen3moe qwen3vlmoe phimoe olmoe dbrx arctic deepseek deepseek2 "
        + "deepseek2-ocr deepseek32 glm4moe glm-dsa exaone-moe granitemoe bailingmoe bailingmoe2 dots1 afmoe laguna "
        + "ernie4_5-moe hunyuan-moe hy_v3 gpt-oss smallthinker grovemoe minimax-m2 minimax-m3 mistral4 "
        + "mellum mimo2 step35 cohere2moe minimax-01 deepseek4 dots3note hy_v4 granite_swa k2-horizon maion-coder maple").Split(' ');

    private static readonly string[] s_recurrent = "mamba mamba2 rwkv6 rwkv6qwen2 rwkv7 arwkv7".Split(' ');

    private static readonly string[] s_hybrid = ("jamba falcon-h1 plamo2 granitehybrid lfm2 lfm2moe nemotron_h nemotron_h_moe qwen3next "
        + "qwen35 qwen35moe kimi-linear bailingmoe3 kimi-k3 glm5-next qwen4exp").Split(' ');

    private static readonly string[] s_drafting = ("bailingmoe2 exaone-moe glm4moe glm4 deepseek2 deepseek32 glm-dsa step35 hy_v3 mimo2 "
        + "qwen3next qwen35 qwen35moe bailingmoe3 qwen4exp").Split(' ');

    private static readonly HashSet<string> s_latent =
        [.. "deepseek2 deepseek32 glm-dsa mistral4 kimi-linear bailingmoe3 dots3note hy_v4 kimi-k3 glm5-next".Split(' ')];

    private static readonly HashSet<string> s_hybridExperts =
        [.. "lfm2moe qwen3next qwen35moe kimi-linear bailingmoe3 jamba kimi-k3 glm5-next qwen4exp".Split(' ')];

    /// <summary>The models: of each architecture one, and of some one with a layer that only drafts.</summary>
    public static IEnumerable<ServerModel> All() =>
        [
            .. s_dense.Concat(s_experts).Concat(s_recurrent).Concat(s_hybrid).Select(name => Create(name, drafts: 0)),
            .. s_drafting.Select(name => Create(name, drafts: 1)),
        ];

    private static ServerModel Create(string name, uint drafts) =>
        new(drafts > 0 ? $"{name} with MTP" : name, name, Describe(name, Layers + drafts, drafts))
        {
            HasDraftLayer = drafts > 0,
            Unnamed = [.. ListUnnamed(name, drafts)],
        };

    private static IEnumerable<string> ListUnnamed(string name, uint drafts)
    {
        if (drafts > 0)
        {
            // Without it a file is taken for one of the layer that drafts alone.
            yield return name == "qwen4exp" ? "blk.0.hc_attn_norm.weight" : "blk.0.attn_norm.weight";
            // Without it a file is taken for one without that layer.
            if (name is not ("bailingmoe2" or "exaone-moe" or "glm4"))
                yield return $"blk.{Layers}.nextn.eh_proj.weight";
        }
        string[] experts = ["ffn_gate_inp", "ffn_gate_exps", "ffn_up_exps", "ffn_down_exps"];
        string[] shared = ["ffn_gate_shexp", "ffn_up_shexp", "ffn_down_shexp"];
        string[] always = name switch
        {
            "granitemoe" => ["ffn_gate_exps"],
            "hy_v3" => [.. experts, .. shared],
            "mimo2" => experts,
            "phi3" => ["attn_qkv"],
            "step35" => [.. experts, .. shared, "attn_gate"],
            _ => [],
        };
        for (var i = 0; i < Layers + drafts; i++)
        {
            foreach (var tensor in always)
                yield return $"blk.{i}.{tensor}.weight";
            if (name is "qwen3next" or "qwen35" or "qwen35moe" && i < Layers && (i + 1) % FullAttentionInterval != 0)
            {
                yield return $"blk.{i}.attn_qkv.weight";
                yield return $"blk.{i}.attn_gate.weight";
            }
            if (name switch
            {
                "falcon-h1" => true,
                "granitehybrid" => i % AttentionPeriod != AttentionPeriod - 1,
                "nemotron_h" or "nemotron_h_moe" => i % AttentionPeriod == 0,
                _ => false,
            })
                yield return $"blk.{i}.ssm_conv1d.bias";
        }
    }

    /// <summary>The value of a key that llama.cpp asks for; null for one that is not known here.</summary>
    public static object? FindDefault(string key, uint layers) => key switch
    {
        "attention.layer_norm_rms_epsilon" or "attention.layer_norm_epsilon" or "attention.group_norm_epsilon" => 1e-5f,
        "attention.group_norm_groups" or "attention.indexer.head_count" or "full_attention_interval" or "hyper_connection.count"
            or "ple.conv_kernel" or "attention.indexer.kpool" or "attention.value_expert_count" => 4u,
        "hyper_connection.epsilon" => 1e-6f,
        "hyper_connection.sinkhorn_iterations" => 3u,
        "hyper_connection.magnitude" or "activation.situ_beta" or "activation.situ_linear_beta" => 2f,
        "hyper_connection.low_rank" or "attention.output_lora_rank" or "expert_latent_length" => 64u,
        "attention.output_group_count" => 2u,
        "attention.compress_rope_freq_base" => 10_000f,
        "hash_layer_count" => 0u,
        "swiglu_clamp_exp" => Enumerable.Repeat(7f, (int)layers).ToArray(),
        "attn_res.block_size" => 2u,
        "attention.indexer.types" => Enumerable.Range(0, (int)layers).Select(i => i % 4 == 3 || i == 0 ? 1 : 0).ToArray(),
        "adapters.count" => 1u,
        "adapters.lora_rank" => 8u,
        "adapters.token_ids_activate" => new[] { 1 },
        "adapters.token_ids_substitute" => new[] { 2 },
        "expert_feed_forward_length" => 96u,
        "expert_shared_feed_forward_length" => 112u,
        "expert_count" => 8u,
        "expert_group_scale" => 0.05f,
        "experts_per_group" => 2u,
        "expert_chunk_feed_forward_length" => 64u,
        "expert_used_count" or "token_shift_count" or "ssm.group_count" or "hrm.h_cycles" or "hrm.l_cycles" => 2u,
        "expert_shared_count" or "expert_group_count" or "expert_gating_func" or "leading_dense_block_count"
            or "attention.indexer.local_blocks" or "interleave_moe_layer_step" or "hrm.layers_per_stack" => 1u,
        "expert_weights_scale" or "logit_scale" or "attention.clamp_kqv" or "residual_scale" or "embedding_scale" or "attention.scale"
            or "attention.output_scale" or "attention.value_scale" => 1f,
        "expert_weights_norm" or "use_parallel_residual" or "attention.causal" => true,
        "attention.sliding_window" => 1024u,
        "attention.sliding_window_pattern" => Enumerable.Range(0, (int)layers).Select(i => i % 4 != 3).ToArray(),
        "shortconv.l_cache" => 3u,
        "ssm.conv_kernel" => 4u,
        "ssm.inner_size" => 512u,
        "ssm.state_size" or "kda.head_dim" or "wkv.head_size" or "moe_latent_size" or "attention.value_length_mla"
            or "time_decay_extra_dim" or "attention.gate_lora_rank" or "embedding_length_per_layer_input"
            or "attention.indexer.block_size" => 64u,
        "ssm.time_step_rank" => 8u,
        "attention.indexer.key_length" or "attention.kv_lora_rank" => 128u,
        "attention.indexer.top_k" => 256u,
        "attention.q_lora_rank" or "attention.key_length_mla" => 96u,
        "rope.dimension_sections" => new[] { 8, 12, 12, 0 },
        "attention.key_length_swa" or "attention.value_length_swa" or "time_mix_extra_dim" or "attention.decay_lora_rank"
            or "attention.iclr_lora_rank" or "attention.value_residual_mix_lora_rank" or "attention.relative_buckets_count" => 32u,
        "rescale_every_n_layers" or "altup.active_idx" or "pooling_type" => 0u,
        "rope.scaling.yarn_log_multiplier" => 0.1f,
        "attention.max_alibi_bias" => 8f,
        "rope.freq_base_swa" => 10_000f,
        "attention.temperature_length" => 8192u,
        "rope.scaling.original_context_length" => 4096u,
        "kda.gate_lower_bound" => -5f,
        "xielu.alpha_n" or "xielu.alpha_p" or "xielu.beta" => Enumerable.Repeat(0.5f, (int)layers).ToArray(),
        "xielu.eps" => Enumerable.Repeat(-1e-6f, (int)layers).ToArray(),
        _ => null,
    };

    private static Dictionary<string, object> Describe(string name, uint layers, uint drafts)
    {
        var keys = new Dictionary<string, object>
        {
            ["block_count"] = layers,
            ["embedding_length"] = 256u,
            ["feed_forward_length"] = 640u,
            ["attention.head_count"] = 8u,
            ["attention.head_count_kv"] = 2u,
            ["context_length"] = 131_072u,
        };
        if (s_experts.Contains(name) || s_hybridExperts.Contains(name))
        {
            keys["expert_count"] = 8u;
            keys["expert_used_count"] = 2u;
            keys["expert_feed_forward_length"] = 96u;
        }
        if (s_latent.Contains(name))
        {
            foreach (var (key, value) in (ReadOnlySpan<(string, uint)>)[("attention.key_length", 160u), ("attention.value_length", 128u),
                ("attention.key_length_mla", 96u), ("attention.value_length_mla", 64u), ("attention.kv_lora_rank", 128u),
                ("rope.dimension_count", 32u), ("attention.head_count_kv", 1u), ("attention.q_lora_rank", 96u)])
                keys[key] = value;
        }
        var stored = (uint)keys["attention.head_count_kv"];
        if (s_hybrid.Contains(name) && name is not ("falcon-h1" or "qwen3next" or "qwen35" or "qwen35moe" or "qwen4exp"))
        {
            keys["attention.head_count_kv"] = Enumerable.Range(0, (int)layers)
                .Select(i => i % AttentionPeriod == AttentionPeriod - 1 || i >= layers - drafts ? (int)stored : 0).ToArray();
        }
        if (name.StartsWith("nemotron_h", StringComparison.Ordinal))
            keys["feed_forward_length"] = Enumerable.Range(0, (int)layers).Select(i => i % AttentionPeriod == 1 ? 640 : 0).ToArray();
        foreach (var (key, value) in Further(name, layers))
            keys[key] = value;
        if (name is "minimax-01")
            keys["full_attention_interval"] = 3u;
        if (name is "cohere2moe")
            keys["attention.layer_norm_epsilon"] = 1e-5f;
        if (name is "gemma3" or "olmo2" or "afmoe" or "laguna" or "mellum" or "smallthinker")
            keys["attention.sliding_window"] = 1024u;
        if (drafts > 0)
            keys["nextn_predict_layers"] = drafts;
        var metadata = keys.ToDictionary(pair => $"{name}.{pair.Key}", pair => pair.Value);
        metadata["general.architecture"] = name;
        foreach (var (key, value) in Vocabulary())
            metadata[key] = value;
        return metadata;
    }

    /// <summary>What single architectures check, so that no default for all of them does.</summary>
    private static (string Key, object Value)[] Further(string name, uint layers) => name switch
    {
        // The layers compress no tokens, four or 128 in turn. Keys as wide as the indexer's end the server.
        "deepseek4" => [("attention.compress_ratios", Enumerable.Range(0, (int)layers).Select(i => (i % 3) switch
            {
                0 => 0,
                1 => 4,
                _ => 128,
            }).ToArray()), ("attention.head_count_kv", 1u), ("attention.key_length", 256u), ("attention.value_length", 256u),
            ("rope.dimension_count", 32u), ("attention.q_lora_rank", 96u), ("expert_gating_func", 4u)],
        "dots3note" => [("attention.key_length_swa", 96u), ("attention.value_length_swa", 64u), ("attention.kv_lora_rank_swa", 64u),
            ("attention.key_length_mla_swa", 80u), ("attention.value_length_mla_swa", 48u), ("attention.sliding_window", 1024u),
            ("rope.dimension_count_swa", 32u),
            ("attention.indexer.types", Enumerable.Range(0, (int)layers).Select(i => i % 4 == 3 ? 1 : 0).ToArray())],
        "hy_v4" => [("expert_gating_func", 2u), ("attention.indexer.head_count", 4u), ("attention.indexer.key_length", 128u),
            ("attention.indexer.top_k", 256u),
            ("attention.indexer.types", Enumerable.Range(0, (int)layers).Select(i => i % 2 == 0 ? 1 : 0).ToArray())],
        "glm5-next" => [("rope.dimension_count", 0u), ("attention.key_length", 128u), ("attention.indexer.kpool", 4u),
            ("attention.indexer.kpool_select_tail", true)],
        "qwen4exp" => [("attention.compress_ratios", Enumerable.Range(0, (int)layers).Select(i => i % 4 == 3 ? 4 : 0).ToArray()),
            ("ple.layers", new[] { 1 }), ("ple.ngram_size", 2u), ("ple.heads_per_ngram", 4u), ("ple.conv_kernel", 4u),
            ("ple.eos_token_id", 0u), ("ple.layer_multipliers", new ulong[] { 3, 5 }),
            ("ple.head_offsets", new ulong[] { 0, 100, 200, 300 }),
            ("ple.head_vocab_sizes", new ulong[] { 100, 100, 100, 100 }), ("expert_weights_scale", 1f)],
        "granite_swa" or "step35" => [("expert_shared_feed_forward_length", 112u)],
        "k2-horizon" => [("leading_dense_block_count", 1u), ("attention.group_norm_groups", 4u), ("expert_shared_count", 1u),
            ("attention.value_expert_count", 4u), ("attention.value_expert_used_count", 2u)],
        "maion-coder" => [("interleave_moe_layer_step", 2u)],
        "muse-glimmer" => [("attention.sliding_window", 1024u),
            ("attention.sliding_window_pattern", Enumerable.Range(0, (int)layers).Select(i => i % 4 != 3).ToArray())],
        "nemotron_h_moe" => [("moe_latent_size", 64u)],
        // Graphs for one key/value head for each query head, and for routers of one kind.
        "chameleon" or "olmoe" => [("attention.head_count_kv", 8u)],
        // Compressed keys and values that are stored whole.
        "minicpm3" or "plm" => [("attention.head_count_kv", 8u), ("attention.key_length", 96u), ("attention.value_length", 64u),
            ("rope.dimension_count", 32u)],
        "dots1" => [("attention.head_count_kv", 8u), ("expert_gating_func", 2u)],
        "minimax-m2" or "smallthinker" => [("expert_gating_func", 2u)],
        _ => [],
    };

    private static IEnumerable<KeyValuePair<string, object>> Vocabulary()
    {
        // The letters that GPT-2 writes for bytes.
        var printable = Enumerable.Range(33, 94).Concat(Enumerable.Range(161, 12)).Concat(Enumerable.Range(174, 82)).ToHashSet();
        var next = 256;
        var letters = Enumerable.Range(0, 256).Select(value => ((char)(printable.Contains(value) ? value : next++)).ToString()).ToList();
        string[] tokens = ["<|endoftext|>", .. Enumerable.Range(1, VocabularySize - 257).Select(i => $"t{i}"), .. letters];
        return new Dictionary<string, object>
        {
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.pre"] = "gpt-2",
            ["tokenizer.ggml.tokens"] = tokens,
            ["tokenizer.ggml.token_type"] = Enumerable.Repeat(1, tokens.Length).ToArray(),
            ["tokenizer.ggml.merges"] = (string[])["t1 t2"],
            ["tokenizer.ggml.eos_token_id"] = 0u,
            ["tokenizer.ggml.bos_token_id"] = 0u,
        };
    }
}
