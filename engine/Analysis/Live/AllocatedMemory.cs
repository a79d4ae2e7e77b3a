using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Live;

/// <summary>What a target allocated for a step. A size that it does not report is absent.</summary>
/// <param name="WindowTokens">The context window.</param>
/// <param name="KvBytes">KV cache.</param>
/// <param name="ComputeBytes">Compute buffers.</param>
/// <param name="AcceleratorBytes">The part of the model and its context in accelerator memory.</param>
/// <param name="Tier">The plan of the managed storage tier; absent without one.</param>
internal sealed record AllocatedMemory(int? WindowTokens, long? KvBytes, long? ComputeBytes, long? AcceleratorBytes, TierUse? Tier);
