using System.Text.Json;
using System.Text.Json.Serialization;
using MemoryWall.Core.Plan;

namespace MemoryWall.Protocol;

/// <summary>The body of <c>POST /api/generate</c>: Ollama's fields, and the extensions in <see cref="Extension"/>. An absent field has the
/// server's default. A request without a prompt loads the model, or unloads it if <c>keep_alive</c> is 0.</summary>
internal sealed record GenerateBody
{
    /// <summary>The model's name; required, unless <see cref="Name"/> has it.</summary>
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>The model's name, as older clients send it; ignored where <see cref="Model"/> is present.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>The prompt as text. Default empty.</summary>
    [JsonPropertyName("prompt")]
    public string? Prompt { get; init; }

    /// <summary>How the model is loaded and how tokens are sampled.</summary>
    [JsonPropertyName("options")]
    public GenerateOptions? Options { get; init; }

    /// <summary>How long the model stays loaded after the request: seconds as a number, or a duration such as <c>5m</c>. Absent or below 0:
    /// no limit.</summary>
    [JsonPropertyName("keep_alive")]
    public JsonElement? KeepAlive { get; init; }

    /// <summary>Whether the response is a stream of frames, one per line; otherwise it is one frame. Default true.</summary>
    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }

    /// <summary>Whether the prompt is used without a chat template. The embedded server never applies one and ignores this field.</summary>
    [JsonPropertyName("raw")]
    public bool? Raw { get; init; }

    /// <summary>Whether a prompt that does not fit in the context window is truncated; otherwise it is refused. Default false.</summary>
    [JsonPropertyName("truncate")]
    public bool? Truncate { get; init; }

    /// <summary>The extensions; absent for plain Ollama frames.</summary>
    [JsonPropertyName(EmbeddedProtocol.ObjectName)]
    public GenerateExtension? Extension { get; init; }
}

/// <summary>The object <c>options</c> of a request. An absent field has the server's default. A change of a load option (window, layers,
/// batch, threads, KV type, flash attention, load mode, tier, repack) loads the model or its context again.</summary>
internal sealed record GenerateOptions
{
    /// <summary>The context window, in tokens. Default 4096, or the trained context where that is shorter.</summary>
    [JsonPropertyName("num_ctx"), Bounds(1, int.MaxValue - 256)]
    public int? WindowTokens { get; init; }

    /// <summary>The number of layers in accelerator memory. Default 0.</summary>
    [JsonPropertyName("num_gpu"), Bounds(0, 10_000)]
    public int? GpuLayers { get; init; }

    /// <summary>The prefill batch, in tokens. Default 512.</summary>
    [JsonPropertyName("num_batch"), Bounds(TargetOptions.MinBatchTokens, 1 << 16)]
    public int? BatchTokens { get; init; }

    /// <summary>Threads for generation, and for prefill where <see cref="PrefillThreads"/> is absent. Default: the physical
    /// cores available to the process.</summary>
    [JsonPropertyName("num_thread"), Bounds(1, 1024)]
    public int? Threads { get; init; }

    /// <summary>The sampling temperature; 0 always takes the most likely token. Default 0.</summary>
    [JsonPropertyName("temperature"), Bounds(0, 100)]
    public float? Temperature { get; init; }

    /// <summary>The seed of the random sampling. Default 0.</summary>
    [JsonPropertyName("seed")]
    public int? Seed { get; init; }

    /// <summary>Tokens to generate. Absent or below 0: until the window is full or an end-of-text token.</summary>
    [JsonPropertyName("num_predict")]
    public int? OutputTokens { get; init; }

    /// <summary>Samples only from this number of most likely tokens. Default 40.</summary>
    [JsonPropertyName("top_k"), Bounds(0, int.MaxValue)]
    public int? TopK { get; init; }

    /// <summary>Samples only from the most likely tokens with this total probability, 0 to 1. Default 0.9.</summary>
    [JsonPropertyName("top_p"), Bounds(0, 1)]
    public float? TopP { get; init; }

    /// <summary>The data type of the KV cache. Default <c>f16</c>.</summary>
    [JsonPropertyName(EmbeddedProtocol.KvType), Choices("f16", "q8_0", "q4_0")]
    public string? KvType { get; init; }

    /// <summary>Whether flash attention is used; <c>auto</c>, the default, leaves the choice to llama.cpp.</summary>
    [JsonPropertyName(EmbeddedProtocol.FlashAttention), Choices("on", "off", "auto")]
    public string? FlashAttention { get; init; }

    /// <summary>How the weights are loaded into memory. Default <c>mmap</c>.</summary>
    [JsonPropertyName(EmbeddedProtocol.LoadMode), Choices("mmap", "no_mmap", "mlock")]
    public string? LoadMode { get; init; }

    /// <summary>The managed storage tier, on Linux only; absent for none.</summary>
    [JsonPropertyName(EmbeddedProtocol.Tier)]
    public TierOption? Tier { get; init; }

    /// <summary>What happens to the KV cache of a conversation when another one needs the context. Default: <c>tier</c> where there is a
    /// tier, else <c>recompute</c>.</summary>
    [JsonPropertyName("conversation_cache"), Choices("recompute", "ram", "tier")]
    public string? ConversationCache { get; init; }

    /// <summary>The most memory for copies of conversations, in bytes. Absent: what the control group's limit leaves.</summary>
    [JsonPropertyName("conversation_ram_bytes"), Bounds(0, TierPlan.MaxBytes)]
    public long? ConversationRamBytes { get; init; }

    /// <summary>Threads for prefill. Absent: as many as <see cref="Threads"/>.</summary>
    [JsonPropertyName("num_thread_batch"), Bounds(1, 1024)]
    public int? PrefillThreads { get; init; }

    /// <summary>Whether llama.cpp repacks the weights into a copy with a faster layout for the processor. Default
    /// true.</summary>
    [JsonPropertyName("repack")]
    public bool? Repack { get; init; }

    /// <summary>Stop sequences: a text or an array of texts. Generation ends at the first of them. Absent for none.</summary>
    [JsonPropertyName("stop")]
    public JsonElement? Stop { get; init; }
}

/// <summary>The object <c>options.tier</c> of a request. What does not fit in memory is streamed from storage.</summary>
internal sealed record TierOption
{
    /// <summary>The folder for the tier's files, as a full path; required.</summary>
    [JsonPropertyName("folder")]
    public string? Folder { get; init; }

    /// <summary>The largest memory for weights, KV cache and rings, in bytes. Absent: what the control group's limit leaves.</summary>
    [JsonPropertyName("memory_bytes"), Bounds(1, TierPlan.MaxBytes)]
    public long? MemoryBytes { get; init; }

    /// <summary>The largest size of the tier's files, in bytes. Absent: the free space of the storage.</summary>
    [JsonPropertyName("storage_bytes"), Bounds(1, TierPlan.MaxBytes)]
    public long? StorageBytes { get; init; }

    /// <summary>Limits reads and writes to this rate, in bytes per second, to emulate a slower device. Absent: no limit.</summary>
    [JsonPropertyName("bandwidth_bytes_per_second"), Bounds(TierPlan.MinBandwidth, TierPlan.MaxBytes)]
    public long? BandwidthBytesPerSecond { get; init; }

    /// <summary>Time added to each read and write, in nanoseconds, to emulate a slower device. Absent: none.</summary>
    [JsonPropertyName("latency_ns"), Bounds(1, TierPlan.MaxLatencyNanoseconds)]
    public long? LatencyNanoseconds { get; init; }
}

/// <summary>The object <c>memory_wall</c> of a request. Each field belongs to an extension that <c>/api/version</c> announces. An absent
/// field means that the request does not use it.</summary>
internal sealed record GenerateExtension
{
    /// <summary>The prompt as token ids, instead of <c>prompt</c>; the server adds no tokens
    /// (<see cref="EmbeddedProtocol.TokenIds"/>).</summary>
    [JsonPropertyName("prompt_tokens"), JsonConverter(typeof(TokenArrayConverter))]
    public IReadOnlyList<int>? PromptTokens { get; init; }

    /// <summary>
    /// The context depths of an incremental pass, in prompt tokens, ascending; the last is the length of the prompt
    /// (<see cref="EmbeddedProtocol.DepthPass"/>). The prompt is computed once. At each depth the server generates <c>num_predict</c>
    /// tokens, sends a frame with a <see cref="DepthProbe"/>, and removes the tokens from the KV cache.
    /// </summary>
    [JsonPropertyName("probe_at"), JsonConverter(typeof(TokenArrayConverter))]
    public IReadOnlyList<int>? ProbeDepths { get; init; }

    /// <summary>True continues generation after end-of-text tokens (<see cref="EmbeddedProtocol.IgnoreEos"/>).</summary>
    [JsonPropertyName(EmbeddedProtocol.IgnoreEos)]
    public bool? IgnoreEos { get; init; }

    /// <summary>False computes every prompt token; otherwise tokens can come from the prompt cache
    /// (<see cref="EmbeddedProtocol.NoPromptCache"/>).</summary>
    [JsonPropertyName("prompt_cache")]
    public bool? PromptCache { get; init; }

    /// <summary>
    /// The number of tokens at the start of the prompt whose prefill is skipped, fewer than all. Their KV cells contain random values, so
    /// the text of the answer is meaningless, but its times are valid (<see cref="EmbeddedProtocol.SkipPrefill"/>).
    /// </summary>
    [JsonPropertyName("jump_tokens"), Bounds(0, int.MaxValue)]
    public int? SkipPromptTokens { get; init; }

    /// <summary>True saves the prompt's KV cache in the tier's folder after the answer
    /// (<see cref="EmbeddedProtocol.SavedKvState"/>).</summary>
    [JsonPropertyName("save_state")]
    public bool? SaveState { get; init; }

    /// <summary>True loads the longest saved KV cache that is a prefix of the prompt
    /// (<see cref="EmbeddedProtocol.SavedKvState"/>).</summary>
    [JsonPropertyName("resume_state")]
    public bool? ResumeState { get; init; }

    /// <summary>True makes the request a turn of a conversation, which uses and keeps the cache of conversations
    /// (<see cref="EmbeddedProtocol.Conversations"/>). Only whole batches are reused, so that the answer is that of a computed prompt to
    /// the last bit.</summary>
    [JsonPropertyName("conversation")]
    public bool? Conversation { get; init; }

    /// <summary>True requests a frame with <see cref="Protocol.PromptProgress"/> after each prefill batch.</summary>
    [JsonPropertyName(EmbeddedProtocol.PromptProgress)]
    public bool? PromptProgress { get; init; }

    /// <summary>True requests the time of each token in the frames with text (<see cref="FrameExtension.TokenTimes"/>).</summary>
    [JsonPropertyName(EmbeddedProtocol.TokenTimes)]
    public bool? TokenTimes { get; init; }

    /// <summary>True requests the ids of the answer's tokens in the final frame (<see cref="FrameExtension.AnswerTokens"/>), so that a
    /// conversation goes on with exactly these.</summary>
    [JsonPropertyName(EmbeddedProtocol.AnswerTokens)]
    public bool? AnswerTokens { get; init; }

    /// <summary>With <see cref="ProbeDepths"/>: the number of tokens before each depth that are computed; the prefill of the others is
    /// skipped as with <see cref="SkipPromptTokens"/>. Absent: all are computed.</summary>
    [JsonPropertyName("probe_batch"), Bounds(1, int.MaxValue)]
    public int? ProbeBatchTokens { get; init; }
}
