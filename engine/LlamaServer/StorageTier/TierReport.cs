namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>What the tier does with a model and its context, as it was planned when the context was made.</summary>
internal sealed record TierReport
{
    public required long BudgetBytes { get; init; }
    public required long PinnedWeightBytes { get; init; }
    public required long StreamedWeightBytes { get; init; }

    /// <summary>Weights of which single rows are looked up: they stay mapped.</summary>
    public required long MappedWeightBytes { get; init; }

    /// <summary>With the window full, as the others of the KV cache.</summary>
    public required long PinnedKvBytes { get; init; }
    public required long StreamedKvBytes { get; init; }
    public required long RingBytes { get; init; }
    public required int RingSlots { get; init; }

    /// <summary>Measured at the start; null where nothing is streamed.</summary>
    public long? DirectReadBytesPerSecond { get; init; }
    public required bool IsEmulated { get; init; }

    /// <summary>Whether the system promised not to swap what is pinned.</summary>
    public required bool IsLocked { get; init; }
}

/// <summary>What the tier did in one request.</summary>
internal sealed record TierUsage
{
    public StorageBytes Prefill { get; init; }
    public StorageBytes Generation { get; init; }

    /// <summary>Tokens taken up from a saved state; null where that was not asked for.</summary>
    public int? ResumedTokens { get; init; }
    public long? ResumeNanoseconds { get; init; }
    public long? SaveNanoseconds { get; init; }

    /// <summary>Size of the state that was loaded or saved.</summary>
    public long? StateBytes { get; init; }

    /// <summary>Why a state was not saved, or not loaded.</summary>
    public string? StateNote { get; init; }
}
