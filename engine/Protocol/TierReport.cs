using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>The storage tier's plan for the context, and in the final report of a generation also what the tier read, wrote, loaded and
/// saved in that request. Sizes are in bytes, durations in nanoseconds. The trial's facts keep the same values in <c>TierUse</c>.</summary>
internal sealed record TierReport
{
    /// <summary>The memory budget of the plan.</summary>
    [JsonPropertyName("budget_bytes")]
    public long? BudgetBytes { get; init; }

    /// <summary>Weights that stay in memory.</summary>
    [JsonPropertyName("pinned_weight_bytes")]
    public long? PinnedWeightBytes { get; init; }

    /// <summary>Weights that are read from storage in every pass over the layers.</summary>
    [JsonPropertyName("streamed_weight_bytes")]
    public long? StreamedWeightBytes { get; init; }

    /// <summary>The part of pinned and streamed weights that is in llama.cpp's repacked layout.</summary>
    [JsonPropertyName("repacked_weight_bytes")]
    public long? RepackedWeightBytes { get; init; }

    /// <summary>Why the weights are not repacked; absent where they are, or where repacking is switched off.</summary>
    [JsonPropertyName("repack_note")]
    public string? RepackNote { get; init; }

    /// <summary>Weights that stay memory-mapped, because a pass reads only single rows of them.</summary>
    [JsonPropertyName("mapped_weight_bytes")]
    public long? MappedWeightBytes { get; init; }

    /// <summary>The part of the KV cache that stays in memory, for a full window.</summary>
    [JsonPropertyName("pinned_kv_bytes")]
    public long? PinnedKvBytes { get; init; }

    /// <summary>The part of the KV cache that is read from storage in every pass over the layers, for a full window.</summary>
    [JsonPropertyName("streamed_kv_bytes")]
    public long? StreamedKvBytes { get; init; }

    /// <summary>The memory of the rings that buffer streamed layers.</summary>
    [JsonPropertyName("ring_bytes")]
    public long? RingBytes { get; init; }

    /// <summary>The number of layers that fit in a ring at once; 0 where nothing is streamed.</summary>
    [JsonPropertyName("ring_slots")]
    public int? RingSlots { get; init; }

    /// <summary>The read bandwidth of the storage without the page cache, measured for the plan; absent where nothing is
    /// streamed.</summary>
    [JsonPropertyName("direct_read_bytes_per_second")]
    public long? DirectReadBytesPerSecond { get; init; }

    /// <summary>All experts of a mixture of experts; absent where they are weights like others.</summary>
    [JsonPropertyName("expert_bytes")]
    public long? ExpertBytes { get; init; }

    /// <summary>The experts that one token uses; absent as above.</summary>
    [JsonPropertyName("expert_bytes_per_token")]
    public long? ExpertBytesPerToken { get; init; }

    /// <summary>The memory of the pool that holds some of the experts; absent as above.</summary>
    [JsonPropertyName("expert_pool_bytes")]
    public long? ExpertPoolBytes { get; init; }

    /// <summary>Experts used in generation, each token's counted; absent as above.</summary>
    [JsonPropertyName("generation_expert_uses")]
    public long? GenerationExpertUses { get; init; }

    /// <summary>Of these, the experts that had to be read from storage; absent as above.</summary>
    [JsonPropertyName("generation_expert_misses")]
    public long? GenerationExpertMisses { get; init; }

    /// <summary>Bytes of the experts used in generation; absent as above.</summary>
    [JsonPropertyName("generation_expert_bytes")]
    public long? GenerationExpertBytes { get; init; }

    /// <summary>Of these, the bytes that had to be read from storage; absent as above.</summary>
    [JsonPropertyName("generation_expert_missed_bytes")]
    public long? GenerationExpertMissedBytes { get; init; }

    /// <summary>Time that generation waited for experts; absent as above.</summary>
    [JsonPropertyName("generation_expert_wait_ns")]
    public long? GenerationExpertWaitNanoseconds { get; init; }

    /// <summary>Uses in generation of experts that a cache of an eighth of all experts would have had, if it kept those used last; absent
    /// as above.</summary>
    [JsonPropertyName("generation_expert_hits_of_eighth")]
    public long? GenerationExpertHitsOfEighth { get; init; }

    /// <summary>The same for a cache of a quarter of all experts.</summary>
    [JsonPropertyName("generation_expert_hits_of_quarter")]
    public long? GenerationExpertHitsOfQuarter { get; init; }

    /// <summary>Whether the tier slows the storage down to emulate another device.</summary>
    [JsonPropertyName("emulated")]
    public bool? IsEmulated { get; init; }

    /// <summary>Whether the pinned memory is locked (<c>mlock</c>), so that the system does not swap it.</summary>
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

    /// <summary>Tokens loaded from a saved state; absent where the request has no <c>resume_state</c> and the server keeps no
    /// conversations.</summary>
    [JsonPropertyName("resumed_tokens")]
    public int? ResumedTokens { get; init; }

    /// <summary>Time to load the saved state; absent where <see cref="ResumedTokens"/> is.</summary>
    [JsonPropertyName("resume_ns")]
    public long? ResumeNanoseconds { get; init; }

    /// <summary>Time to save the state after the answer, or before the prompt that of the conversation before; absent where the request
    /// has no <c>save_state</c> and the server keeps no conversations.</summary>
    [JsonPropertyName("save_ns")]
    public long? SaveNanoseconds { get; init; }

    /// <summary>The size of the state that was loaded or saved; absent where none was.</summary>
    [JsonPropertyName("state_bytes")]
    public long? StateBytes { get; init; }

    /// <summary>Why a state was not saved or not loaded; absent where it was.</summary>
    [JsonPropertyName("state_note")]
    public string? StateNote { get; init; }
}
