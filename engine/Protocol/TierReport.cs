using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>What the storage tier planned when the context was made, and, in the final frame of a request, what it did in that
/// request.</summary>
internal sealed record TierReport
{
    /// <summary>Memory that the tier planned with.</summary>
    [JsonPropertyName("budget_bytes")]
    public long? BudgetBytes { get; init; }

    /// <summary>Weights that stay in memory.</summary>
    [JsonPropertyName("pinned_weight_bytes")]
    public long? PinnedWeightBytes { get; init; }

    /// <summary>Weights that are read from storage for every pass over the layers.</summary>
    [JsonPropertyName("streamed_weight_bytes")]
    public long? StreamedWeightBytes { get; init; }

    /// <summary>Weights of which single rows are looked up: they stay mapped.</summary>
    [JsonPropertyName("mapped_weight_bytes")]
    public long? MappedWeightBytes { get; init; }

    /// <summary>KV cache that stays in memory, with the window full.</summary>
    [JsonPropertyName("pinned_kv_bytes")]
    public long? PinnedKvBytes { get; init; }

    /// <summary>KV cache that is read from storage for every pass over the layers, with the window full.</summary>
    [JsonPropertyName("streamed_kv_bytes")]
    public long? StreamedKvBytes { get; init; }

    /// <summary>Memory of the rings through which the streamed layers pass.</summary>
    [JsonPropertyName("ring_bytes")]
    public long? RingBytes { get; init; }

    /// <summary>Layers that have room in a ring at once; 0 where nothing is streamed.</summary>
    [JsonPropertyName("ring_slots")]
    public int? RingSlots { get; init; }

    /// <summary>How fast the storage was read past the page cache when the plan was made; absent where nothing is streamed.</summary>
    [JsonPropertyName("direct_read_bytes_per_second")]
    public long? DirectReadBytesPerSecond { get; init; }

    /// <summary>Whether the storage is slowed down to emulate another device.</summary>
    [JsonPropertyName("emulated")]
    public bool? IsEmulated { get; init; }

    /// <summary>Whether the system promised not to swap what is pinned.</summary>
    [JsonPropertyName("locked")]
    public bool? IsLocked { get; init; }

    /// <summary>Bytes read from storage during prefill, read-ahead included.</summary>
    [JsonPropertyName("prefill_read_bytes")]
    public long? PrefillReadBytes { get; init; }

    /// <summary>Bytes written to storage during prefill.</summary>
    [JsonPropertyName("prefill_written_bytes")]
    public long? PrefillWrittenBytes { get; init; }

    /// <summary>Bytes read from storage during generation, read-ahead included.</summary>
    [JsonPropertyName("generation_read_bytes")]
    public long? GenerationReadBytes { get; init; }

    /// <summary>Bytes written to storage during generation.</summary>
    [JsonPropertyName("generation_written_bytes")]
    public long? GenerationWrittenBytes { get; init; }

    /// <summary>Tokens loaded from a saved state; absent where the request did not ask for one.</summary>
    [JsonPropertyName("resumed_tokens")]
    public int? ResumedTokens { get; init; }

    /// <summary>Loading that state.</summary>
    [JsonPropertyName("resume_ns")]
    public long? ResumeNanoseconds { get; init; }

    /// <summary>Saving the state, after the answer; absent where the request did not ask for it.</summary>
    [JsonPropertyName("save_ns")]
    public long? SaveNanoseconds { get; init; }

    /// <summary>Size of the state that was loaded or saved.</summary>
    [JsonPropertyName("state_bytes")]
    public long? StateBytes { get; init; }

    /// <summary>Why a state was not saved, or not loaded.</summary>
    [JsonPropertyName("state_note")]
    public string? StateNote { get; init; }
}
