using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Walls;

/// <summary>Where weights and KV cache of one trial lay at its end, by the system's counters and the target's report. Sums are exact, the
/// split between weights and KV cache follows from which of them can be swapped.</summary>
/// <param name="Trial">The trial's number.</param>
/// <param name="ContextTokens">Its context.</param>
/// <param name="AcceleratorBytes">Tier 1: in accelerator memory.</param>
/// <param name="MemoryWeightBytes">Tier 2: weights in RAM.</param>
/// <param name="MemoryKvBytes">Tier 2: KV cache in RAM.</param>
/// <param name="StorageWeightBytes">Tier 3: weights that lay in their file only, or in swap.</param>
/// <param name="StorageKvBytes">Tier 3: KV cache in swap.</param>
internal sealed record TierPlacement(
    int Trial, int ContextTokens, long AcceleratorBytes, long MemoryWeightBytes, long MemoryKvBytes, long StorageWeightBytes,
    long StorageKvBytes)
{
    /// <summary>The placement of a trial; null where the counters or the sizes are not known.</summary>
    internal static TierPlacement? Compute(Trial trial, RunManifest manifest)
    {
        if (trial.Memory is not { AnonymousBytes: not null, FileBytes: { } files } memory || trial.KvBytes is not { } kv
            || manifest.Target.Shape?.WeightBytes is not { } weights)
            return null;
        var swapped = memory.SwapBytes ?? 0;
        var accelerator = trial.AcceleratorBytes ?? 0;
        // Anonymous memory beside the KV cache is compute buffers and the process itself; what is swapped beyond the cache is theirs or
        // copied weights'.
        var kvOut = Math.Min(kv, swapped);
        var mapped = manifest.Plan.Options.LoadMode is null or "mmap"
            ? Math.Max(0, weights - (manifest.Target.Shape.RepackCopyBytes ?? 0))
            : 0;
        var weightsOut = Math.Max(0, mapped - files);
        return new TierPlacement(trial.Number, trial.ContextTokens, accelerator, Math.Max(0, weights - weightsOut - accelerator),
            kv - kvOut, weightsOut, kvOut);
    }
}
