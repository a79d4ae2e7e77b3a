using MemoryWall.Core.Units;

namespace MemoryWall.Models.Paged;

/// <summary>How a vLLM or SGLang is started, as far as it decides about memory. The defaults are those of vLLM.</summary>
internal sealed record PagedSettings
{
    /// <summary>Which server.</summary>
    public PagedEngine Engine { get; init; }

    /// <summary>All memory of each GPU; null where only <see cref="KvMemory"/> is given.</summary>
    public ByteSize? GpuMemory { get; init; }

    /// <summary>The share of a GPU's memory that the server takes (<c>--gpu-memory-utilization</c>, <c>--mem-fraction-static</c>), above 0
    /// and at most 1.</summary>
    public double Utilization { get; init; } = 0.9;

    /// <summary>GPUs that share each layer (<c>--tensor-parallel-size</c>), 1 or more.</summary>
    public int TensorParallel { get; init; } = 1;

    /// <summary>Tokens of one block (<c>--block-size</c>, <c>--page-size</c>), 1 or more.</summary>
    public int BlockTokens { get; init; } = 16;

    /// <summary>Bytes of one element of the cache; null for those of the activations (<c>--kv-cache-dtype auto</c>).</summary>
    public int? KvElementBytes { get; init; }

    /// <summary>Tokens computed at once (<c>--max-num-batched-tokens</c>), 1 or more.</summary>
    public int BatchedTokens { get; init; } = 8192;

    /// <summary>The longest request, in tokens (<c>--max-model-len</c>); null for the model's own.</summary>
    public int? MaxModelTokens { get; init; }

    /// <summary>Memory of the cache on each GPU, where it is known (<c>--kv-cache-memory-bytes</c>, or the server's own log line
    /// <c>Available KV cache memory</c>); null to compute it.</summary>
    public ByteSize? KvMemory { get; init; }

    /// <summary>Memory of the driver and of libraries on each GPU, outside PyTorch. Logs have 0.03 to 1.8 GiB, and more with several
    /// GPUs.</summary>
    public ByteSize OtherMemory { get; init; } = new((long)(0.35 * ByteSize.GiB));
}

/// <summary>A server with a paged cache.</summary>
internal enum PagedEngine
{
    /// <summary>vLLM.</summary>
    Vllm,

    /// <summary>SGLang.</summary>
    Sglang,
}
