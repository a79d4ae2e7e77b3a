namespace MemoryWall.Models.Forecast;

/// <summary>Forecast memory at one context. In JSON its properties are <c>context_tokens</c>, <c>kv_bytes</c>, …</summary>
public sealed record ForecastRow
{
    /// <summary>The context window, in tokens (<c>n_ctx</c>), shared by all sequences.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Bytes of the weights, all experts and repacked copies included; absent where the shape does not tell.</summary>
    public required long? WeightsBytes { get; init; }

    /// <summary>Bytes of keys and values. Allocated and cleared for the whole window, whatever the prompt's length.</summary>
    public required long KvBytes { get; init; }

    /// <summary>Bytes of recurrent states, the same at every context; 0 where no layer has any.</summary>
    public required long RecurrentBytes { get; init; }

    /// <summary>Bytes of the compute buffers that llama.cpp allocates; absent where the vocabulary's size is unknown.</summary>
    public required long? ComputeBytes { get; init; }

    /// <summary>What the settings add for the rest of the process.</summary>
    public required long OtherBytes { get; init; }

    /// <summary>The sum of the above; absent where a part is.</summary>
    public long? TotalBytes => WeightsBytes + KvBytes + RecurrentBytes + ComputeBytes + OtherBytes;

    /// <summary>
    /// Of <see cref="TotalBytes"/>, what a server that samples one token for each sequence really touches, with the CPU backend's work
    /// buffer and llama.cpp's table of cells, which lie in no buffer that is reported: what a memory limit counts. Absent where a part is.
    /// </summary>
    public required long? ResidentBytes { get; init; }

    /// <summary>
    /// Of <see cref="ResidentBytes"/>, what the system cannot drop: everything but mapped weights. Without swap a process whose limit is
    /// below this is killed; between this and <see cref="ResidentBytes"/> it lives, and reads weights again and again. Absent where a part
    /// is.
    /// </summary>
    public required long? AnonymousBytes { get; init; }

    /// <summary>Bytes read to generate one token at the end of this context: the used weights, all keys and values, the states. Absent
    /// where unknown.</summary>
    public required long? TouchedBytesPerToken { get; init; }

    /// <summary>The part in RAM.</summary>
    public required TierBytes Host { get; init; }

    /// <summary>The part in accelerator memory; absent where no layer lies there.</summary>
    public required TierBytes? Accelerator { get; init; }
}

/// <summary>What lies in one tier of memory.</summary>
/// <param name="WeightsBytes">Bytes of weights; absent where the shape does not tell.</param>
/// <param name="KvBytes">Bytes of keys, values and recurrent states.</param>
/// <param name="ComputeBytes">Bytes of compute buffers, and for RAM the rest of the process; absent where unknown.</param>
public sealed record TierBytes(long? WeightsBytes, long KvBytes, long? ComputeBytes)
{
    /// <summary>The sum; absent where a part is.</summary>
    public long? TotalBytes => WeightsBytes + KvBytes + ComputeBytes;
}
