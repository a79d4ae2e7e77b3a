namespace MemoryWall.Core.Trials;

/// <summary>
/// What the managed storage tier planned for a trial's model and window, and what it transferred, as the embedded server reports it. For
/// other servers that save KV caches, only the fields on saved states are present.
/// </summary>
public sealed record TierUse
{
    /// <summary>Memory budget of the tier, in bytes.</summary>
    public long? BudgetBytes { get; init; }

    /// <summary>Weights that stay in memory, in bytes.</summary>
    public long? PinnedWeightBytes { get; init; }

    /// <summary>Weights that every pass over the layers reads from storage, in bytes.</summary>
    public long? StreamedWeightBytes { get; init; }

    /// <summary>Weights that are only looked up row by row (token embeddings) and stay mapped, in bytes.</summary>
    public long? MappedWeightBytes { get; init; }

    /// <summary>KV cache that stays in memory when the window is full, in bytes.</summary>
    public long? PinnedKvBytes { get; init; }

    /// <summary>KV cache that every pass over the layers reads from storage when the window is full, in bytes.</summary>
    public long? StreamedKvBytes { get; init; }

    /// <summary>Memory of the rings through which the streamed layers pass, in bytes.</summary>
    public long? RingBytes { get; init; }

    /// <summary>Slots of a ring, one for each layer in it; 0 where nothing is streamed.</summary>
    public int? RingSlots { get; init; }

    /// <summary>All experts of a mixture of experts, in bytes; absent where they are weights like others.</summary>
    public long? ExpertBytes { get; init; }

    /// <summary>Experts that one token uses, in bytes; absent where they are weights like others.</summary>
    public long? ExpertBytesPerToken { get; init; }

    /// <summary>Memory of the pool that holds some of the experts, in bytes; absent where they are weights like others.</summary>
    public long? ExpertPoolBytes { get; init; }

    /// <summary>Experts used in generation, those of each token counted; absent where they are weights like others.</summary>
    public long? GenerationExpertUses { get; init; }

    /// <summary>Of <see cref="GenerationExpertUses"/>, those that had to be read from storage.</summary>
    public long? GenerationExpertMisses { get; init; }

    /// <summary>Experts used in generation, in bytes; absent where they are weights like others.</summary>
    public long? GenerationExpertBytes { get; init; }

    /// <summary>Of <see cref="GenerationExpertBytes"/>, those that had to be read from storage.</summary>
    public long? GenerationExpertMissedBytes { get; init; }

    /// <summary>Time that generation waited for experts; absent where they are weights like others.</summary>
    public TimeSpan? GenerationExpertWait { get; init; }

    /// <summary>Of <see cref="GenerationExpertUses"/>, those that a cache of an eighth of all experts would have had, if it kept those used
    /// last: a property of the model and its text, not of the memory.</summary>
    public long? GenerationExpertHitsOfEighth { get; init; }

    /// <summary>As <see cref="GenerationExpertHitsOfEighth"/>, for a quarter of all experts.</summary>
    public long? GenerationExpertHitsOfQuarter { get; init; }

    /// <summary>Experts that are only on storage while the pool is full, in bytes; absent where they are weights like others.</summary>
    public long? StoredExpertBytes => ExpertBytes is { } all && ExpertPoolBytes is { } pool ? Math.Max(0, all - pool) : null;

    /// <summary>Share of <see cref="GenerationExpertBytes"/> that was in memory, 0 to 1; absent where no experts were used.</summary>
    public double? GenerationExpertHitShare => GenerationExpertBytes is > 0 and var used && GenerationExpertMissedBytes is { } missed
        ? 1 - missed / (double)used
        : null;

    /// <summary>Measured direct read bandwidth of the storage, in bytes per second; absent where nothing is
    /// streamed.</summary>
    public long? DirectReadBytesPerSecond { get; init; }

    /// <summary>Whether the tier emulates a slower device.</summary>
    public bool IsEmulated { get; init; }

    /// <summary>Whether the pinned memory is locked against swapping; absent where not reported.</summary>
    public bool? IsLocked { get; init; }

    /// <summary>Bytes read from storage during prefill, read-ahead for later layers included.</summary>
    public long? PrefillReadBytes { get; init; }

    /// <summary>Bytes written to storage during prefill.</summary>
    public long? PrefillWrittenBytes { get; init; }

    /// <summary>Bytes read from storage during generation, read-ahead for later layers included.</summary>
    public long? GenerationReadBytes { get; init; }

    /// <summary>Bytes written to storage during generation.</summary>
    public long? GenerationWrittenBytes { get; init; }

    /// <summary>Prompt tokens restored from a saved state; absent where the request does not resume.</summary>
    public int? ResumedTokens { get; init; }

    /// <summary>Time to restore the state; absent where the request does not resume.</summary>
    public TimeSpan? Resume { get; init; }

    /// <summary>Time to save the state after the response; absent where the request does not save.</summary>
    public TimeSpan? Save { get; init; }

    /// <summary>Bytes of the saved or restored state; absent without one.</summary>
    public long? StateBytes { get; init; }

    /// <summary>Why a state was not saved or not restored, in the target's words; absent where there is no such reason.</summary>
    public string? StateNote { get; init; }
}
