using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Walls;

/// <summary>Where the weights and the KV cache of one trial were at its end, from the counters of the system and the target's report. The
/// sums are exact; the split between weights and KV cache follows from which of them can be swapped.</summary>
internal sealed record TierPlacement
{
    /// <summary>The trial's number.</summary>
    public required int Trial { get; init; }

    /// <summary>Its context.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Tier 1: bytes in accelerator memory.</summary>
    public required long AcceleratorBytes { get; init; }

    /// <summary>Tier 2: weights in RAM.</summary>
    public required long MemoryWeightBytes { get; init; }

    /// <summary>Tier 2: KV cache in RAM.</summary>
    public required long MemoryKvBytes { get; init; }

    /// <summary>Tier 3: weights only in their file, or in swap.</summary>
    public required long StorageWeightBytes { get; init; }

    /// <summary>Tier 3: KV cache in swap.</summary>
    public required long StorageKvBytes { get; init; }

    /// <summary>The placement of a trial; null where the counters or the sizes are unknown.</summary>
    internal static TierPlacement? Compute(Trial trial, RunManifest manifest)
    {
        if (trial.Memory is not { AnonymousBytes: not null, FileBytes: { } files } memory || trial.KvBytes is not { } kv
            || manifest.Target.Shape?.WeightBytes is not { } weights)
            return null;
        var swapped = memory.SwapBytes ?? 0;
        var accelerator = trial.AcceleratorBytes ?? 0;
        // Anonymous memory also contains compute buffers, copied weights and the process itself; bytes swapped beyond the size of the cache
        // are theirs.
        var kvOut = Math.Min(kv, swapped);
        var mapped = manifest.Plan.Options.LoadMode is null or "mmap"
            ? Math.Max(0, weights - (manifest.Target.Shape.RepackCopyBytes ?? 0))
            : 0;
        var weightsOut = Math.Max(0, mapped - files);
        return new TierPlacement
        {
            Trial = trial.Number,
            ContextTokens = trial.ContextTokens,
            AcceleratorBytes = accelerator,
            MemoryWeightBytes = Math.Max(0, weights - weightsOut - accelerator),
            MemoryKvBytes = kv - kvOut,
            StorageWeightBytes = weightsOut,
            StorageKvBytes = kvOut,
        };
    }
}
