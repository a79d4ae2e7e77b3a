namespace MemoryWall.Models.Forecast;

/// <summary>Forecast memory at one context. In JSON its properties are <c>context_tokens</c>, <c>kv_bytes</c>, …</summary>
public sealed record ForecastRow
{
    /// <summary>The context window, in tokens (<c>n_ctx</c>), shared by all sequences.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Bytes of the weights, all experts and repacked copies included; absent where unknown.</summary>
    public required long? WeightsBytes { get; init; }

    /// <summary>Bytes of keys and values. llama.cpp allocates and clears them for the whole window, regardless of the prompt's
    /// length.</summary>
    public required long KvBytes { get; init; }

    /// <summary>Bytes of recurrent states, the same at every context; 0 where no layer has any.</summary>
    public required long RecurrentBytes { get; init; }

    /// <summary>Bytes of what drafts: of the context of the model's own prediction layers the KV cache and compute buffer, of a draft model
    /// its weights too. 0 where nothing is drafted; absent where a part is unknown.</summary>
    public long? DraftBytes { get; init; } = 0;

    /// <summary>Bytes of the compute buffers that llama.cpp allocates; absent where the vocabulary's size is unknown.</summary>
    public required long? ComputeBytes { get; init; }

    /// <summary>Bytes of the rest of the process, from the settings.</summary>
    public required long OtherBytes { get; init; }

    /// <summary>The sum of the above; absent where a part is absent.</summary>
    public long? TotalBytes => WeightsBytes + KvBytes + RecurrentBytes + DraftBytes + ComputeBytes + OtherBytes;

    /// <summary>
    /// Resident memory, which a memory limit counts: the part of <see cref="TotalBytes"/> that a server touches when it samples one token
    /// per sequence, plus the CPU backend's work buffer and llama.cpp's table of cells, which no reported buffer includes. Absent where a
    /// part is absent.
    /// </summary>
    public required long? ResidentBytes { get; init; }

    /// <summary>
    /// The part of <see cref="ResidentBytes"/> that the system cannot evict: everything except mapped weights. Without swap, a process with
    /// a lower limit is killed; with a limit between this and <see cref="ResidentBytes"/> it survives, but reads weights again and again.
    /// Absent where a part is absent.
    /// </summary>
    public required long? AnonymousBytes { get; init; }

    /// <summary>Bytes read to generate one token at the end of this context: the used weights, all keys and values, the states. Absent
    /// where unknown.</summary>
    public required long? TouchedBytesPerToken { get; init; }

    /// <summary>The part in RAM.</summary>
    public required TierBytes Host { get; init; }

    /// <summary>The part in accelerator memory; absent where no layer is offloaded.</summary>
    public required TierBytes? Accelerator { get; init; }

    /// <summary>The parts in the memory of each accelerator, in order; absent where no layer is offloaded.</summary>
    public IReadOnlyList<TierBytes>? Accelerators { get; init; }
}

/// <summary>The memory of one tier.</summary>
/// <param name="WeightsBytes">Bytes of weights; absent where unknown.</param>
/// <param name="KvBytes">Bytes of keys, values and recurrent states.</param>
/// <param name="ComputeBytes">Bytes of compute buffers, and for RAM the rest of the process; absent where unknown.</param>
public sealed record TierBytes(long? WeightsBytes, long KvBytes, long? ComputeBytes)
{
    /// <summary>The sum; absent where a part is absent.</summary>
    public long? TotalBytes => WeightsBytes + KvBytes + ComputeBytes;

    /// <summary>The sum of two parts in the same tier.</summary>
    internal TierBytes Add(TierBytes other) =>
        checked(new(WeightsBytes + other.WeightsBytes, KvBytes + other.KvBytes, ComputeBytes + other.ComputeBytes));
}
