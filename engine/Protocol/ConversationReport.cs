using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>What the server's cache of conversations did for one request. Tokens that came from storage are in
/// <see cref="TierReport.ResumedTokens"/>.</summary>
internal sealed record ConversationReport
{
    /// <summary>Prompt tokens that came from copies in memory.</summary>
    [JsonPropertyName("ram_tokens")]
    public int? RamTokens { get; init; }

    /// <summary>Bytes of those copies.</summary>
    [JsonPropertyName("ram_bytes")]
    public long? RamBytes { get; init; }

    /// <summary>Time to bring them into the KV cache, in nanoseconds; absent where none came from copies.</summary>
    [JsonPropertyName("ram_ns")]
    public long? RamNanoseconds { get; init; }

    /// <summary>KV caches of conversations that were dropped since the request before.</summary>
    [JsonPropertyName("evictions")]
    public int? Evictions { get; init; }

    /// <summary>Bytes that were written to storage since the request before, to keep conversations.</summary>
    [JsonPropertyName("saved_bytes")]
    public long? SavedBytes { get; init; }

    /// <summary>Bytes that were read from storage into copies since the request before, ahead of their use.</summary>
    [JsonPropertyName("read_ahead_bytes")]
    public long? ReadAheadBytes { get; init; }

    /// <summary>Time before the prompt to keep the conversation that had the context, in nanoseconds.</summary>
    [JsonPropertyName("save_ns")]
    public long? SaveNanoseconds { get; init; }

    /// <summary>Why a conversation was not kept or not used; absent where there is no such reason.</summary>
    [JsonPropertyName("note")]
    public string? Note { get; init; }
}
