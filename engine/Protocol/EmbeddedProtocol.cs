namespace MemoryWall.Protocol;

/// <summary>
/// The embedded server has Ollama's protocol with extensions. <c>/api/version</c> announces the extensions by the names below. A request
/// uses them with a <c>memory_wall</c> object next to <c>options</c>; only then do the response's frames have a <c>memory_wall</c> object.
/// Each field is declared once, and server and client use the same record:
/// <list type="bullet">
/// <item>request: <see cref="GenerateBody"/>, with <see cref="GenerateOptions"/>, <see cref="TierOption"/> and
/// <see cref="GenerateExtension"/></item>
/// <item>frame: <see cref="GenerateFrame"/>, one line of the response, with <see cref="FrameExtension"/></item>
/// <item>final report: the frame with <c>done</c> true, with <see cref="TierReport"/> where there is a storage tier</item>
/// <item>error: <see cref="ErrorResponse"/> before the stream begins, <see cref="GenerateFrame.Error"/> after that</item>
/// <item>server and models: <see cref="Handshake"/>, <see cref="VersionResponse"/>, <see cref="TagsResponse"/>,
/// <see cref="RunningResponse"/>, <see cref="ShowBody"/>, <see cref="ShowResponse"/></item>
/// </list>
/// Names on the wire: those of Ollama's fields are Ollama's (<c>num_ctx</c>, <c>eval_count</c>). Extensions keep the names under which
/// released servers and clients know them (<c>jump</c> for skipped prefill, <c>depth_pass</c> for an incremental pass); the C# names
/// are the current terms.
/// </summary>
internal static class EmbeddedProtocol
{
    /// <summary>The version of these extensions. It changes only when older clients or servers could misread a field.</summary>
    public const int Version = 1;

    /// <summary>The name of the object in requests, in frames and in <c>/api/version</c>.</summary>
    public const string ObjectName = "memory_wall";

    /// <summary><see cref="GenerateExtension.PromptTokens"/>.</summary>
    public const string TokenIds = "token_ids";

    /// <summary><see cref="GenerateExtension.IgnoreEos"/>.</summary>
    public const string IgnoreEos = "ignore_eos";

    /// <summary><see cref="GenerateExtension.PromptCache"/>.</summary>
    public const string NoPromptCache = "no_prompt_cache";

    /// <summary><see cref="GenerateExtension.PromptProgress"/>, and the object of the frames that answer it.</summary>
    public const string PromptProgress = "prompt_progress";

    /// <summary><see cref="GenerateExtension.TokenTimes"/>.</summary>
    public const string TokenTimes = "token_times";

    /// <summary><see cref="GenerateExtension.SkipPromptTokens"/>. "Jump" is the earlier name of skipped prefill.</summary>
    public const string SkipPrefill = "jump";

    /// <summary><see cref="GenerateExtension.ProbeDepths"/>. Announced for models that can remove generated tokens from the KV cache, which
    /// are those without recurrent layers and sliding windows.</summary>
    public const string DepthPass = "depth_pass";

    /// <summary><see cref="GenerateOptions.KvType"/>.</summary>
    public const string KvType = "kv_type";

    /// <summary><see cref="GenerateOptions.FlashAttention"/>.</summary>
    public const string FlashAttention = "flash_attention";

    /// <summary><see cref="GenerateOptions.LoadMode"/>.</summary>
    public const string LoadMode = "load_mode";

    /// <summary><see cref="GenerateOptions.PrefillThreads"/>. The extension splits the threads between prefill and generation.</summary>
    public const string PrefillThreads = "thread_split";

    /// <summary>Final frames, including those of loads, have a <see cref="FrameExtension"/> with times, counts and bytes.</summary>
    public const string Report = "report";

    /// <summary><see cref="GenerateOptions.Tier"/>, on Linux only. Final frames, including those of loads, then have a
    /// <see cref="TierReport"/>.</summary>
    public const string Tier = "tier";

    /// <summary><see cref="GenerateExtension.SaveState"/> and <see cref="GenerateExtension.ResumeState"/>.</summary>
    public const string SavedKvState = "kv_state";

    /// <summary><see cref="GenerateOptions.ConversationCache"/> and <see cref="GenerateExtension.Conversation"/>. Final frames of such
    /// requests have a <see cref="ConversationReport"/>.</summary>
    public const string Conversations = "conversations";

    /// <summary><see cref="GenerateExtension.AnswerTokens"/> and <see cref="FrameExtension.AnswerTokens"/>.</summary>
    public const string AnswerTokens = "answer_tokens";

    /// <summary>The pattern of the file names of saved KV caches in the tier's folder.</summary>
    public const string KvStateFilePattern = "memwall-state-*.kv";

    /// <summary>The scheme of the header with the secret of one launch: <c>Authorization: Bearer …</c>.</summary>
    public const string AuthorizationScheme = "Bearer";

    /// <summary>The environment variable with which a launcher passes the secret to the server. The server removes it from its own
    /// environment.</summary>
    public const string SecretEnvironmentVariable = "MEMWALL_SERVER_SECRET";
}
