using MemoryWall.Core.Plan;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>How weights are loaded.</summary>
internal enum LoadMode
{
    Mmap,
    NoMmap,
    Mlock,
}

/// <summary>Options of the model's weights in memory. A change reloads the model.</summary>
internal sealed record ModelOptions(LoadMode LoadMode, int GpuLayers, bool Repack)
{
    public static ModelOptions Default { get; } = new(LoadMode.Mmap, GpuLayers: 0, Repack: true);
}

/// <summary>Options of the context. A change creates a new context.</summary>
/// <param name="WindowTokens">The requested context window.</param>
/// <param name="KvType">f16, q8_0 or q4_0.</param>
/// <param name="FlashAttention">On, off, or null for llama.cpp's choice.</param>
/// <param name="BatchTokens">Prompt tokens computed in one batch.</param>
/// <param name="Threads">Threads for generation.</param>
/// <param name="BatchThreads">Threads for prefill.</param>
internal sealed record ContextOptions(int WindowTokens, string KvType, bool? FlashAttention, int BatchTokens, int Threads, int BatchThreads)
{
    /// <summary>The storage tier; null for none.</summary>
    public TierPlan? Tier { get; init; }

    /// <summary>What happens to conversations; null for the tier's folder where there is a tier, else nothing.</summary>
    public ConversationPlan? Conversations { get; init; }
}

/// <summary>What happens to the KV cache of a conversation when another one needs the context.</summary>
/// <param name="Policy">Where it is kept.</param>
/// <param name="RamBytes">The most memory for copies; null for what the limits leave.</param>
internal sealed record ConversationPlan(CachePolicy Policy, long? RamBytes);
