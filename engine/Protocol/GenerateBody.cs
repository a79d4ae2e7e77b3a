using System.Text.Json;
using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>The body of <c>POST /api/generate</c>. Ollama's fields, and our own in <see cref="Extension"/>. What is absent has the server's
/// default. An empty prompt loads the model; with <c>keep_alive</c> 0 it unloads it.</summary>
internal sealed record GenerateBody
{
    /// <summary>The model's name.</summary>
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>The model's name in requests of older clients.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>The prompt as text.</summary>
    [JsonPropertyName("prompt")]
    public string? Prompt { get; init; }

    /// <summary>How the model is loaded and how tokens are chosen.</summary>
    [JsonPropertyName("options")]
    public GenerateOptions? Options { get; init; }

    /// <summary>How long the model stays loaded afterwards: seconds as a number, or a duration such as <c>5m</c>.</summary>
    [JsonPropertyName("keep_alive")]
    public JsonElement? KeepAlive { get; init; }

    /// <summary>Whether the answer comes as a stream of lines. Default true.</summary>
    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }

    /// <summary>Whether the prompt goes to the model as it is. This server never applies a template.</summary>
    [JsonPropertyName("raw")]
    public bool? Raw { get; init; }

    /// <summary>Whether a prompt that does not fit the window is cut. Default false: it is refused.</summary>
    [JsonPropertyName("truncate")]
    public bool? Truncate { get; init; }

    /// <summary>The fields that Ollama does not have.</summary>
    [JsonPropertyName(EmbeddedProtocol.ObjectName)]
    public GenerateExtension? Extension { get; init; }
}

/// <summary>The object <c>options</c> of a request.</summary>
internal sealed record GenerateOptions
{
    /// <summary>The context window in tokens.</summary>
    [JsonPropertyName("num_ctx"), Bounds(1, int.MaxValue - 256)]
    public int? WindowTokens { get; init; }

    /// <summary>Layers in accelerator memory.</summary>
    [JsonPropertyName("num_gpu"), Bounds(0, 10_000)]
    public int? GpuLayers { get; init; }

    /// <summary>Prompt tokens that are computed at once.</summary>
    [JsonPropertyName("num_batch"), Bounds(1, 1 << 16)]
    public int? BatchTokens { get; init; }

    /// <summary>Threads for generation, and for prefill where <see cref="PrefillThreads"/> is absent.</summary>
    [JsonPropertyName("num_thread"), Bounds(1, 1024)]
    public int? Threads { get; init; }

    /// <summary>0 takes the likeliest token.</summary>
    [JsonPropertyName("temperature"), Bounds(0, 100)]
    public float? Temperature { get; init; }

    /// <summary>Starts the random choice of tokens.</summary>
    [JsonPropertyName("seed")]
    public int? Seed { get; init; }

    /// <summary>Tokens to generate; below 0 until the window is full or the text ends.</summary>
    [JsonPropertyName("num_predict")]
    public int? OutputTokens { get; init; }

    /// <summary>The next token is one of so many likeliest.</summary>
    [JsonPropertyName("top_k"), Bounds(0, int.MaxValue)]
    public int? TopK { get; init; }

    /// <summary>The next token is one of the likeliest that have this share of the probability.</summary>
    [JsonPropertyName("top_p"), Bounds(0, 1)]
    public float? TopP { get; init; }

    /// <summary>The type of the KV cache.</summary>
    [JsonPropertyName(EmbeddedProtocol.KvType), Choices("f16", "q8_0", "q4_0")]
    public string? KvType { get; init; }

    /// <summary>Whether flash attention is used; <c>auto</c> leaves it to llama.cpp.</summary>
    [JsonPropertyName(EmbeddedProtocol.FlashAttention), Choices("on", "off", "auto")]
    public string? FlashAttention { get; init; }

    /// <summary>How weights come into memory.</summary>
    [JsonPropertyName(EmbeddedProtocol.LoadMode), Choices("mmap", "no_mmap", "mlock")]
    public string? LoadMode { get; init; }

    /// <summary>The managed storage tier; Linux only.</summary>
    [JsonPropertyName(EmbeddedProtocol.Tier)]
    public TierOption? Tier { get; init; }

    /// <summary>Threads for prefill.</summary>
    [JsonPropertyName("num_thread_batch"), Bounds(1, 1024)]
    public int? PrefillThreads { get; init; }

    /// <summary>Whether llama.cpp keeps a copy of the weights in the processor's preferred layout. Default true, with a tier
    /// false.</summary>
    [JsonPropertyName("repack")]
    public bool? Repack { get; init; }

    /// <summary>A text, or an array of texts, that ends the answer.</summary>
    [JsonPropertyName("stop")]
    public JsonElement? Stop { get; init; }
}

/// <summary>The object <c>options.tier</c> of a request: what does not fit in memory is streamed from this folder.</summary>
internal sealed record TierOption
{
    /// <summary>The folder on the storage to be used, as a full path.</summary>
    [JsonPropertyName("folder")]
    public string? Folder { get; init; }

    /// <summary>The most memory that weights, KV cache and rings may take; absent for what the control group's limit leaves.</summary>
    [JsonPropertyName("memory_bytes"), Bounds(1, long.MaxValue)]
    public long? MemoryBytes { get; init; }

    /// <summary>The most that the tier may keep on storage; absent for what the storage has free.</summary>
    [JsonPropertyName("storage_bytes"), Bounds(1, long.MaxValue)]
    public long? StorageBytes { get; init; }

    /// <summary>Reads and writes are slowed to this rate, to emulate a slower device; absent for the device's own.</summary>
    [JsonPropertyName("bandwidth_bytes_per_second"), Bounds(1, long.MaxValue)]
    public long? BandwidthBytesPerSecond { get; init; }

    /// <summary>Added to each read and write, to emulate a slower device.</summary>
    [JsonPropertyName("latency_ns"), Bounds(1, long.MaxValue)]
    public long? LatencyNanoseconds { get; init; }
}

/// <summary>The object <c>memory_wall</c> of a request. Each field belongs to an extension that <c>/api/version</c> announces.</summary>
internal sealed record GenerateExtension
{
    /// <summary>The prompt as token ids, in place of <c>prompt</c>; the server adds nothing to it
    /// (<see cref="EmbeddedProtocol.TokenIds"/>).</summary>
    [JsonPropertyName("prompt_tokens"), JsonConverter(typeof(TokenArrayConverter))]
    public IReadOnlyList<int>? PromptTokens { get; init; }

    /// <summary>
    /// Depths of an incremental pass (<see cref="EmbeddedProtocol.DepthPass"/>), each more than the one before, the last at the end of the
    /// prompt. The prompt is computed once; at each depth <c>num_predict</c> tokens are generated and dropped again, and a frame with a
    /// <see cref="DepthProbe"/> follows.
    /// </summary>
    [JsonPropertyName("probe_at"), JsonConverter(typeof(TokenArrayConverter))]
    public IReadOnlyList<int>? ProbeDepths { get; init; }

    /// <summary>True to go on after end-of-text tokens (<see cref="EmbeddedProtocol.IgnoreEos"/>).</summary>
    [JsonPropertyName(EmbeddedProtocol.IgnoreEos)]
    public bool? IgnoreEos { get; init; }

    /// <summary>False to compute every prompt token (<see cref="EmbeddedProtocol.NoPromptCache"/>).</summary>
    [JsonPropertyName("prompt_cache")]
    public bool? PromptCache { get; init; }

    /// <summary>
    /// The first so many tokens of the prompt, fewer than all, take their cells in the KV cache without being computed; the others are
    /// computed after them. The cells contain random values: the answer means nothing, its time does
    /// (<see cref="EmbeddedProtocol.SkipPrefill"/>).
    /// </summary>
    [JsonPropertyName("jump_tokens"), Bounds(0, int.MaxValue)]
    public int? SkipPromptTokens { get; init; }

    /// <summary>True to save the prompt's KV cache in the tier's folder after the answer
    /// (<see cref="EmbeddedProtocol.SavedKvState"/>).</summary>
    [JsonPropertyName("save_state")]
    public bool? SaveState { get; init; }

    /// <summary>True to load the longest saved KV cache that the prompt begins with
    /// (<see cref="EmbeddedProtocol.SavedKvState"/>).</summary>
    [JsonPropertyName("resume_state")]
    public bool? ResumeState { get; init; }

    /// <summary>True for a frame with <see cref="PromptProgress"/> after each prefill batch.</summary>
    [JsonPropertyName(EmbeddedProtocol.PromptProgress)]
    public bool? PromptProgress { get; init; }

    /// <summary>True for the native times of the tokens in each frame with content (<see cref="FrameExtension.TokenTimes"/>).</summary>
    [JsonPropertyName(EmbeddedProtocol.TokenTimes)]
    public bool? TokenTimes { get; init; }

    /// <summary>With <see cref="ProbeDepths"/>: only so many tokens before each depth are computed, the others take their cells as with
    /// <see cref="SkipPromptTokens"/>.</summary>
    [JsonPropertyName("probe_batch"), Bounds(1, int.MaxValue)]
    public int? ProbeBatchTokens { get; init; }
}

/// <summary>The body of <c>POST /api/show</c>.</summary>
internal sealed record ShowBody
{
    /// <summary>The model's name.</summary>
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>The model's name in requests of older clients.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>Whether the vocabulary and the tensors are wanted too.</summary>
    [JsonPropertyName("verbose")]
    public bool? Verbose { get; init; }
}
