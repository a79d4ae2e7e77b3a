using MemoryWall.Core.Plan;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>How weights come into memory.</summary>
internal enum LoadMode
{
    Mmap,
    NoMmap,
    Mlock,
}

/// <summary>What decides the model's weights in memory; a change loads the model anew.</summary>
internal sealed record ModelOptions(LoadMode LoadMode, int GpuLayers, bool Repack)
{
    public static ModelOptions Default { get; } = new(LoadMode.Mmap, GpuLayers: 0, Repack: true);
}

/// <summary>What decides the context; a change creates it anew.</summary>
/// <param name="WindowTokens">The window asked for.</param>
/// <param name="KvType">f16, q8_0 or q4_0.</param>
/// <param name="FlashAttention">On, off, or null for llama.cpp's own choice.</param>
/// <param name="BatchTokens">Prompt tokens computed at once.</param>
/// <param name="Threads">Threads for generation.</param>
/// <param name="BatchThreads">Threads for prefill.</param>
internal sealed record ContextOptions(int WindowTokens, string KvType, bool? FlashAttention, int BatchTokens, int Threads, int BatchThreads)
{
    /// <summary>The storage tier; null for none.</summary>
    public TierPlan? Tier { get; init; }
}
