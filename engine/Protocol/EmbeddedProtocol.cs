namespace MemoryWall.Protocol;

/// <summary>
/// What the embedded server speaks beyond Ollama's protocol. Its version endpoint announces the extensions by the names below
/// (<see cref="ServerCapabilities"/>). A request asks for them with a <c>memory_wall</c> object next to <c>options</c>
/// (<see cref="GenerateExtension"/>); the server sends its own fields (<see cref="FrameExtension"/>) only to a client that asked.
/// Each field is declared once, in its record; server and client use the same record.
/// </summary>
internal static class EmbeddedProtocol
{
    /// <summary>The version of these extensions.</summary>
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

    /// <summary><see cref="GenerateExtension.SkipPromptTokens"/>.</summary>
    public const string SkipPrefill = "jump";

    /// <summary><see cref="GenerateExtension.ProbeDepths"/>. Offered for models that can drop what was generated: without recurrent layers
    /// and without sliding windows.</summary>
    public const string DepthPass = "depth_pass";

    /// <summary><see cref="GenerateOptions.KvType"/>.</summary>
    public const string KvType = "kv_type";

    /// <summary><see cref="GenerateOptions.FlashAttention"/>.</summary>
    public const string FlashAttention = "flash_attention";

    /// <summary><see cref="GenerateOptions.LoadMode"/>.</summary>
    public const string LoadMode = "load_mode";

    /// <summary><see cref="GenerateOptions.PrefillThreads"/>.</summary>
    public const string PrefillThreads = "thread_split";

    /// <summary>Final frames and answers to loads carry <see cref="FrameExtension"/> with times, counts and bytes.</summary>
    public const string Report = "report";

    /// <summary><see cref="GenerateOptions.Tier"/>, on Linux. Final frames and answers to loads then carry a
    /// <see cref="TierReport"/>.</summary>
    public const string Tier = "tier";

    /// <summary><see cref="GenerateExtension.SaveState"/> and <see cref="GenerateExtension.ResumeState"/>.</summary>
    public const string SavedKvState = "kv_state";

    /// <summary>The files of saved KV caches in the tier's folder.</summary>
    public const string KvStateFilePattern = "memwall-state-*.kv";

    /// <summary>The scheme of the header with the secret of one launch: <c>Authorization: Bearer …</c>.</summary>
    public const string AuthorizationScheme = "Bearer";

    /// <summary>The environment variable in which a launcher gives the secret to the server; the server removes it from its own
    /// environment.</summary>
    public const string SecretEnvironmentVariable = "MEMWALL_SERVER_SECRET";
}
