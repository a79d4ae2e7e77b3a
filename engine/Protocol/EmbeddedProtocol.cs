using MemoryWall.Core.Plan;

namespace MemoryWall.Protocol;

/// <summary>
/// What the embedded server speaks beyond the Ollama protocol. A server that offers any of it says so in <c>/api/version</c>:
/// <code>{ "version": "…", "memory_wall": { "protocol": 1, "extensions": ["token_ids", …], "details": { "name": "text" } } }</code>
/// A request asks for it with a <c>memory_wall</c> object beside <c>options</c>; nothing is sent to a client that did not ask.
/// </summary>
internal static class EmbeddedProtocol
{
    /// <summary>The version of this dialect.</summary>
    public const int Version = 1;

    /// <summary>The object's name, in requests, in frames and in <c>/api/version</c>.</summary>
    public const string ObjectName = "memory_wall";

    /// <summary>Request <c>memory_wall.prompt_tokens</c>: an array of token ids in place of <c>prompt</c>; nothing is added to
    /// it.</summary>
    public const string TokenIds = "token_ids";

    /// <summary>Request <c>memory_wall.ignore_eos</c>: true to go on after end-of-text tokens.</summary>
    public const string IgnoreEos = "ignore_eos";

    /// <summary>Request <c>memory_wall.prompt_cache</c>: false to compute every prompt token.</summary>
    public const string NoPromptCache = "no_prompt_cache";

    /// <summary>
    /// Request <c>memory_wall.prompt_progress</c>: true for a frame after each prefill batch:
    /// <code>"memory_wall": { "prompt_progress": { "done": 512, "total": 2048, "elapsed_ns": 123 } }</code>
    /// with an empty <c>response</c>; the time counts from the start of prefill.
    /// </summary>
    public const string PromptProgress = "prompt_progress";

    /// <summary>
    /// Request <c>memory_wall.token_times</c>: true for <code>"memory_wall": { "elapsed_ns": [123, …] }</code> in each frame with content,
    /// one number for each token in it, counted from the start of prefill.
    /// </summary>
    public const string TokenTimes = "token_times";

    /// <summary>
    /// Request <c>memory_wall.jump_tokens</c>: the first so many tokens of the prompt, fewer than all, take their cells in the KV cache
    /// without being computed; the others are computed behind them. The cells hold random values, so the answer means nothing; its time
    /// does. The final frame repeats the number that was done so, how long it took and how many bytes of cells were filled:
    /// <c>"jumped_prompt_tokens": 7680, "jump_ns": 1, "jump_filled_bytes": 1</c>; <c>prompt_eval_duration</c> and <c>prefill_ns</c> are of
    /// the tokens that were computed.
    /// </summary>
    public const string SkipPrefill = "jump";

    /// <summary>
    /// Request <c>memory_wall.probe_at</c>: depths, each more than the one before, the last at the end of the prompt. The prompt is
    /// computed once; at each depth <c>num_predict</c> tokens are generated and dropped again. After each comes a frame
    /// <code>"memory_wall": { "probe": { "depth": 2048, "jumped_prompt_tokens": 0, "jump_ns": 0, "prompt_eval_duration": 1, "prefill_ns":
    /// 1, "eval_count": 32,
    /// "eval_duration": 1, "generation_ns": 1, "done_reason": "length", "queue_ns": 0, "load_ns": 0 } }</code>
    /// whose prefill is the sum from the first token on, without what was generated; all other times count likewise.
    /// With <c>memory_wall.probe_batch</c> only so many tokens before each depth are computed, the others take their cells as with
    /// <see cref="SkipPrefill"/>, and prefill is of those that were computed.
    /// Offered for models that can drop what was generated: without recurrent layers or sliding windows.
    /// </summary>
    public const string DepthPass = "depth_pass";

    /// <summary>The object of such a frame.</summary>
    public const string DepthProbeObject = "probe";

    /// <summary>Option <c>kv_type</c>: <c>f16</c>, <c>q8_0</c> or <c>q4_0</c>.</summary>
    public const string KvType = "kv_type";

    /// <summary>Option <c>flash_attention</c>: <c>on</c>, <c>off</c> or <c>auto</c>.</summary>
    public const string FlashAttention = "flash_attention";

    /// <summary>Option <c>load_mode</c>: <c>mmap</c>, <c>no_mmap</c> or <c>mlock</c>.</summary>
    public const string LoadMode = "load_mode";

    /// <summary>Option <c>num_thread_batch</c>: threads for prefill, where <c>num_thread</c> is for generation.</summary>
    public const string PrefillThreads = "thread_split";

    /// <summary>
    /// Final frames and load answers carry
    /// <code>"memory_wall": { "queue_ns": 0, "prefill_ns": 1, "generation_ns": 2, "cached_prompt_tokens": 0, "window_tokens": 2128,
    /// "weights_bytes": 1, "kv_bytes": 1, "compute_bytes": 1, "threads": 2, "threads_batch": 2 }</code>
    /// </summary>
    public const string Report = "report";

    /// <summary>
    /// Option <c>tier</c>, on Linux: an object with <c>folder</c> (a full path) and, where wanted, <c>memory_bytes</c>,
    /// <c>storage_bytes</c>, <c>bandwidth_bytes_per_second</c> and <c>latency_ns</c> (<see cref="TierPlan"/>). Final frames and load
    /// answers then carry
    /// <code>"memory_wall": { "tier": { "budget_bytes": 1, "pinned_weight_bytes": 1, "streamed_weight_bytes": 1, "mapped_weight_bytes": 1,
    /// "pinned_kv_bytes": 1, "streamed_kv_bytes": 1, "ring_bytes": 1, "ring_slots": 2, "direct_read_bytes_per_second": 1, "emulated":
    /// false,
    /// "locked": true, "prefill_read_bytes": 1, "prefill_written_bytes": 1, "generation_read_bytes": 1, "generation_written_bytes": 1 }
    /// }</code>
    /// </summary>
    public const string Tier = "tier";

    /// <summary>
    /// Request <c>memory_wall.save_state</c>: true to save the prompt's KV cache in the tier's folder when the answer is done;
    /// <c>memory_wall.resume_state</c>: true to take up the longest saved one that the prompt begins with. The final frame's <c>tier</c>
    /// then holds
    /// <code>"resumed_tokens": 8192, "resume_ns": 1, "save_ns": 1, "state_bytes": 1, "state_note": "why not"</code>
    /// </summary>
    public const string SavedKvState = "kv_state";

    /// <summary>The files that hold saved KV caches in the tier's folder.</summary>
    public const string KvStateFilePattern = "memwall-state-*.kv";

    /// <summary>The header that carries the secret of one launch: <c>Authorization: Bearer …</c>.</summary>
    public const string AuthorizationScheme = "Bearer";

    /// <summary>The environment variable in which a launcher hands the secret to the server; the server removes it from its own
    /// environment.</summary>
    public const string SecretEnvironmentVariable = "MEMWALL_SERVER_SECRET";
}
