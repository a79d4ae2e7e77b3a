using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>The protocol extensions that this server announces.</summary>
internal static class ServerExtensions
{
    private static readonly string[] s_always =
    [
        EmbeddedProtocol.TokenIds, EmbeddedProtocol.IgnoreEos, EmbeddedProtocol.NoPromptCache, EmbeddedProtocol.PromptProgress,
        EmbeddedProtocol.TokenTimes, EmbeddedProtocol.KvType, EmbeddedProtocol.FlashAttention, EmbeddedProtocol.LoadMode,
        EmbeddedProtocol.AnswerTokens, EmbeddedProtocol.PrefillThreads, EmbeddedProtocol.Report, EmbeddedProtocol.SkipPrefill,
    ];

    /// <summary>The extensions that this model and this system support.</summary>
    /// <param name="canRollBack">Whether the model can remove generated tokens from its KV cache.</param>
    public static IReadOnlyList<string> List(bool canRollBack) =>
    [
        .. s_always,
        .. canRollBack ? (string[])[EmbeddedProtocol.DepthPass] : [],
        .. canRollBack && OperatingSystem.IsLinux() ? (string[])[EmbeddedProtocol.Conversations] : [],
        .. OperatingSystem.IsLinux() ? (string[])[EmbeddedProtocol.Tier, EmbeddedProtocol.SavedKvState] : [],
    ];
}
