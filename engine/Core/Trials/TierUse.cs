using System.Text.Json.Serialization;

namespace MemoryWall.Core.Trials;

/// <summary>
/// What the managed storage tier planned for a trial's model and window, and what it moved, as the embedded server reports it. Of another
/// server that saves KV caches only what became of those.
/// </summary>
public sealed record TierUse
{
    /// <summary>Memory that the tier planned with, in bytes.</summary>
    public long? BudgetBytes { get; init; }

    /// <summary>Weights that stay in memory, in bytes.</summary>
    public long? PinnedWeightBytes { get; init; }

    /// <summary>Weights that are read from storage for every pass over the layers, in bytes.</summary>
    public long? StreamedWeightBytes { get; init; }

    /// <summary>Weights of which single rows are looked up (token embeddings): they stay mapped, in bytes.</summary>
    public long? MappedWeightBytes { get; init; }

    /// <summary>KV cache that stays in memory, with the window full, in bytes.</summary>
    public long? PinnedKvBytes { get; init; }

    /// <summary>KV cache that is read from storage for every pass over the layers, with the window full, in bytes.</summary>
    public long? StreamedKvBytes { get; init; }

    /// <summary>Memory of the rings through which the streamed layers pass, in bytes.</summary>
    public long? RingBytes { get; init; }

    /// <summary>Layers that have room in a ring at once; 0 where nothing is streamed.</summary>
    public int? RingSlots { get; init; }

    /// <summary>How fast the storage was read past the page cache when the plan was made, bytes a second; absent where nothing is
    /// streamed.</summary>
    public long? DirectReadBytesPerSecond { get; init; }

    /// <summary>Whether the storage was slowed down to stand for another device.</summary>
    [JsonPropertyName("emulated")]
    public bool IsEmulated { get; init; }

    /// <summary>Whether the system promised not to swap what is pinned; absent where it was not told.</summary>
    [JsonPropertyName("locked")]
    public bool? IsLocked { get; init; }

    /// <summary>Bytes read from storage during prefill, read-ahead for what follows included.</summary>
    public long? PrefillReadBytes { get; init; }

    /// <summary>Bytes written to storage during prefill.</summary>
    public long? PrefillWrittenBytes { get; init; }

    /// <summary>Bytes read from storage during generation, read-ahead for what follows included.</summary>
    public long? GenerationReadBytes { get; init; }

    /// <summary>Bytes written to storage during generation.</summary>
    public long? GenerationWrittenBytes { get; init; }

    /// <summary>Prompt tokens taken up from a saved state; absent where that was not asked for.</summary>
    public int? ResumedTokens { get; init; }

    /// <summary>How long taking it up took; absent where that was not asked for.</summary>
    [JsonPropertyName("resume_seconds")]
    public TimeSpan? Resume { get; init; }

    /// <summary>How long saving the state took, after the answer; absent where that was not asked for.</summary>
    [JsonPropertyName("save_seconds")]
    public TimeSpan? Save { get; init; }

    /// <summary>Bytes of the state that was saved or taken up; absent where there was none.</summary>
    public long? StateBytes { get; init; }

    /// <summary>Why a state was not saved, or not taken up, in the target's words; absent where nothing is to be said.</summary>
    public string? StateNote { get; init; }
}
