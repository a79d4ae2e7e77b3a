using System.Text.Json.Serialization;
using MemoryWall.Core.Units;

namespace MemoryWall.Core.Plan;

/// <summary>The order of trials.</summary>
public enum TrialOrder
{
    /// <summary>Shuffled by the plan's seed, so that drift over the run is not mistaken for an effect of context.</summary>
    Shuffled,

    /// <summary>Small contexts first.</summary>
    Ascending,

    /// <summary>The order of the list of contexts.</summary>
    AsGiven,
}

/// <summary>Time limits for the phases of a trial.</summary>
public sealed record PhaseLimits
{
    /// <summary>Loading the model at one context; an external server can take over a minute to refuse a load for lack of memory. Default 15
    /// minutes.</summary>
    [JsonPropertyName("load_seconds")]
    public TimeSpan Load { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>From the request to the first token. Default 60 minutes.</summary>
    [JsonPropertyName("prefill_seconds")]
    public TimeSpan Prefill { get; init; } = TimeSpan.FromMinutes(60);

    /// <summary>From the first token to the end of the response. Default 30 minutes.</summary>
    [JsonPropertyName("generation_seconds")]
    public TimeSpan Generation { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Between two chunks of the response. Default 5 minutes.</summary>
    [JsonPropertyName("silence_seconds")]
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>Options of the target; an absent one has the target's own default.</summary>
public sealed record TargetOptions
{
    /// <summary>The smallest batch of llama.cpp, whose first decoding after a load has two tokens.</summary>
    internal const int MinBatchTokens = 2;

    /// <summary>Element type of the KV cache: <c>f16</c>, <c>q8_0</c> or <c>q4_0</c>.</summary>
    public string? KvType { get; init; }

    /// <summary>Flash attention: <c>on</c>, <c>off</c> or <c>auto</c>.</summary>
    public string? FlashAttention { get; init; }

    /// <summary>How weights are loaded: <c>mmap</c>, <c>no_mmap</c> or <c>mlock</c>.</summary>
    public string? LoadMode { get; init; }

    /// <summary>Threads for generation, and for prefill unless <see cref="PrefillThreads"/> is set.</summary>
    public int? Threads { get; init; }

    /// <summary>Threads for prefill.</summary>
    public int? PrefillThreads { get; init; }

    /// <summary>Prompt tokens in one batch, the same for every context of a run.</summary>
    public int? BatchTokens { get; init; }

    /// <summary>Prompt tokens in one batch of the embedded server, whose default is 512.</summary>
    [JsonIgnore]
    public int EmbeddedBatchTokens => BatchTokens ?? 512;

    /// <summary>Layers offloaded to the accelerator.</summary>
    public int? GpuLayers { get; init; }

    /// <summary>The managed storage tier; absent where the operating system manages the memory of weights and KV cache.</summary>
    public TierPlan? Tier { get; init; }

    /// <summary>What the embedded server does with the KV cache of a conversation when another one needs the context; absent for its
    /// default: <see cref="CachePolicy.Tier"/> where there is a <see cref="Tier"/>, else
    /// <see cref="CachePolicy.Recompute"/>.</summary>
    public CachePolicy? ConversationCache { get; init; }

    /// <summary>The most memory for copies of conversations, in bytes; absent for what the cap leaves.</summary>
    public long? CacheRamBytes { get; init; }
}

/// <summary>
/// What a run measures. Stored with the run, so that the run can be resumed or repeated. The searches (<see cref="Crossover"/>,
/// <see cref="Precision"/>, <see cref="Wall"/>) choose further trials; preflight rejects combinations of them that exclude each other.
/// </summary>
public sealed record SweepPlan
{
    /// <summary>
    /// The target: <c>embedded</c>, <c>embedded:PRESET</c>, <c>embedded:PATH.gguf</c>, or an endpoint such as
    /// <c>ollama://host:11434/model</c>, <c>openai://host:8000/model</c>, <c>llama-server://host:8080</c> or an http(s) address.
    /// </summary>
    public required string Target { get; init; }

    /// <summary>The contexts (N) in their given order, without repeats.</summary>
    public required IReadOnlyList<TokenCount> Contexts { get; init; }

    /// <summary>Output tokens of each trial, 2 or more. Default 64.</summary>
    public int OutputTokens { get; init; } = 64;

    /// <summary>Measured trials at each context. Default 1.</summary>
    public int Repetitions { get; init; } = 1;

    /// <summary>Trials before the first measured one, at the smallest context; stored, excluded from every figure. Default 1.</summary>
    public int Warmups { get; init; } = 1;

    /// <summary>Whether the warm-up is repeated, 2 to 8 times, until it is no longer much faster than the one before, instead of
    /// <see cref="Warmups"/> times.</summary>
    public bool WarmupsUntilSettled { get; init; }

    /// <summary>Levels of concurrent streams. Default 1.</summary>
    public IReadOnlyList<int> Concurrency { get; init; } = [1];

    /// <summary>Seed of the order and of the prompts' words, not of their nonces.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The order of trials.</summary>
    public TrialOrder Order { get; init; }

    /// <summary>Time limits for the phases of a trial.</summary>
    public PhaseLimits Limits { get; init; } = new();

    /// <summary>Options of the target.</summary>
    public TargetOptions Options { get; init; } = new();

    /// <summary>The system that the run belongs to in a comparison, for example <c>standard</c> or <c>managed</c>; absent for a run
    /// alone.</summary>
    public string? System { get; init; }

    /// <summary>The memory limit of the embedded server; absent for no limit.</summary>
    public CapPlan? Cap { get; init; }

    /// <summary>A search for the crossover after the plan's trials, of cold trials and without <see cref="Wall"/>; absent for
    /// none.</summary>
    public CrossoverPlan? Crossover { get; init; }

    /// <summary>A precision target for the rates, of cold trials and without <see cref="Wall"/>; absent where each context has only its
    /// <see cref="Repetitions"/>.</summary>
    public PrecisionPlan? Precision { get; init; }

    /// <summary>A search for the memory wall, which chooses the contexts, with cold trials or synthetic depth; absent where only
    /// <see cref="Contexts"/> are measured.</summary>
    public WallPlan? Wall { get; init; }

    /// <summary>Conversations of several users, in place of <see cref="Contexts"/>; absent for none.</summary>
    public SessionPlan? Sessions { get; init; }

    /// <summary>Where the text of the prompts comes from.</summary>
    public PromptKind PromptKind { get; init; }

    /// <summary>The text file for <see cref="PromptKind.Document"/>.</summary>
    public string? DocumentPath { get; init; }

    /// <summary>How prompts are sent; absent for the default: as text where the server makes exactly the same tokens of it, else as token
    /// ids.</summary>
    public PromptForm? PromptAs { get; init; }

    /// <summary>How contexts are reached. Default cold.</summary>
    public SweepMethod Method { get; init; }

    /// <summary>Whether the prompt cache is used on purpose; such trials are flagged and never summarized with others.</summary>
    public bool WarmPrefix { get; init; }

    /// <summary>Addresses of exporters in Prometheus' text format (node_exporter, DCGM exporter, vLLM, llama-server) that are read once a
    /// second for the target's machine, for example <c>http://host:9100/metrics</c>; absent for none.</summary>
    public IReadOnlyList<string>? TelemetryFrom { get; init; }

    /// <summary>Tokens of the context window beyond N and the output, the same at every context. Default 16.</summary>
    public int WindowMarginTokens { get; init; } = 16;

    /// <summary>The rule that gives each context its window.</summary>
    internal WindowRule WindowRule => new(OutputTokens, WindowMarginTokens);
}
