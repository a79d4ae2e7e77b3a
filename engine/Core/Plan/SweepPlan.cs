using System.Text.Json.Serialization;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;

namespace MemoryWall.Core.Plan;

/// <summary>In which order trials run.</summary>
public enum TrialOrder
{
    /// <summary>Shuffled by the plan's seed, so that drift over the run does not look like an effect of context.</summary>
    Shuffled,

    /// <summary>Small contexts first.</summary>
    Ascending,

    /// <summary>As the contexts were written.</summary>
    AsGiven,
}

/// <summary>How long each phase of a trial may take.</summary>
public sealed record PhaseLimits
{
    /// <summary>Loading the model at one context; memory refusals of a foreign server alone can take over a minute. Default 15
    /// minutes.</summary>
    [JsonPropertyName("load_seconds")]
    public TimeSpan Load { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>From the request to the first token. Default 60 minutes.</summary>
    [JsonPropertyName("prefill_seconds")]
    public TimeSpan Prefill { get; init; } = TimeSpan.FromMinutes(60);

    /// <summary>From the first token to the end of the answer. Default 30 minutes.</summary>
    [JsonPropertyName("generation_seconds")]
    public TimeSpan Generation { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Between two chunks of the answer. Default 5 minutes.</summary>
    [JsonPropertyName("silence_seconds")]
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>Settings of the target; what is absent is left to the target.</summary>
public sealed record TargetOptions
{
    /// <summary>Element type of the KV cache: <c>f16</c>, <c>q8_0</c> or <c>q4_0</c>.</summary>
    public string? KvType { get; init; }

    /// <summary>Flash attention: <c>on</c>, <c>off</c> or <c>auto</c>.</summary>
    public string? FlashAttention { get; init; }

    /// <summary>How weights come into memory: <c>mmap</c>, <c>no_mmap</c> or <c>mlock</c>.</summary>
    public string? LoadMode { get; init; }

    /// <summary>Threads for generation, and for prefill unless <see cref="PrefillThreads"/> says otherwise.</summary>
    public int? Threads { get; init; }

    /// <summary>Threads for prefill.</summary>
    public int? PrefillThreads { get; init; }

    /// <summary>Prompt tokens in one batch, the same for every context of a run.</summary>
    public int? BatchTokens { get; init; }

    /// <summary>Prompt tokens in one batch of the embedded server: what was asked, or its default of 512.</summary>
    [JsonIgnore]
    public int EmbeddedBatchTokens => BatchTokens ?? 512;

    /// <summary>Layers on the accelerator.</summary>
    public int? GpuLayers { get; init; }

    /// <summary>The managed storage tier; absent where weights and KV cache lie where the system puts them.</summary>
    public TierPlan? Tier { get; init; }
}

/// <summary>What a run is asked to do. Stored with the run, so that it can be finished later or done again.</summary>
public sealed record SweepPlan
{
    /// <summary>
    /// The target: <c>embedded</c>, <c>embedded:PRESET</c>, <c>embedded:PATH.gguf</c>, or an endpoint such as
    /// <c>ollama://host:11434/model</c>, <c>openai://host:8000/model</c>, <c>llama-server://host:8080</c> or an http(s) address.
    /// </summary>
    public required string Target { get; init; }

    /// <summary>The contexts (N), in the order written, without repeats.</summary>
    public required IReadOnlyList<TokenCount> Contexts { get; init; }

    /// <summary>Output tokens for each trial, 2 or more. Default 64.</summary>
    public int OutputTokens { get; init; } = 64;

    /// <summary>Trials at each context. Default 1.</summary>
    public int Repetitions { get; init; } = 1;

    /// <summary>Trials before the first measured one, at the smallest context; stored, never averaged. Default 1.</summary>
    public int Warmups { get; init; } = 1;

    /// <summary>Whether warm-ups are run until one is no longer much faster than the one before, 2 to 8, instead of
    /// <see cref="Warmups"/>.</summary>
    public bool WarmupsUntilSettled { get; init; }

    /// <summary>Streams at once, one level after the other. Default 1.</summary>
    public IReadOnlyList<int> Concurrency { get; init; } = [1];

    /// <summary>Seed of the order and of the prompts' words; never of their nonces.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>In which order trials run.</summary>
    public TrialOrder Order { get; init; }

    /// <summary>How long each phase may take.</summary>
    public PhaseLimits Limits { get; init; } = new();

    /// <summary>Settings of the target.</summary>
    public TargetOptions Options { get; init; } = new();

    /// <summary>What the run stands for where systems are compared, for example <c>standard</c> or <c>managed</c>; absent for a run on its
    /// own.</summary>
    public string? System { get; init; }

    /// <summary>The limit on the memory of the embedded server; absent where it may use what the machine has.</summary>
    public CapPlan? Cap { get; init; }

    /// <summary>A search for the crossover after the plan's trials; absent where there is none.</summary>
    public CrossoverPlan? Crossover { get; init; }

    /// <summary>How well rates are to be known; absent where each context has its <see cref="Repetitions"/> and no more.</summary>
    public PrecisionPlan? Precision { get; init; }

    /// <summary>The search for the wall that decides the contexts; absent where <see cref="Contexts"/> are all there are.</summary>
    public WallPlan? Wall { get; init; }

    /// <summary>Where prompts come from.</summary>
    public PromptKind PromptKind { get; init; }

    /// <summary>The text file for <see cref="PromptKind.Document"/>.</summary>
    public string? DocumentPath { get; init; }

    /// <summary>How the contexts are reached. Default cold.</summary>
    public SweepMethod Method { get; init; }

    /// <summary>Whether a prompt cache is used on purpose; such trials are labelled and never mixed with others.</summary>
    public bool WarmPrefix { get; init; }

    /// <summary>The context window is N + output + this many tokens, by the same rule at every context. Default 16.</summary>
    public int WindowMarginTokens { get; init; } = 16;
}
