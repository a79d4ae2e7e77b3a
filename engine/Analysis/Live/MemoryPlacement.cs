using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Live;

/// <summary>The parts of one memory tier, in bytes.</summary>
/// <param name="Weights">Weights.</param>
/// <param name="Kv">KV cache.</param>
/// <param name="Compute">Compute buffers and the rings of a managed tier.</param>
/// <param name="Other">The rest, and everything where the parts cannot be told apart.</param>
internal readonly record struct TierParts(double Weights, double Kv, double Compute, double Other)
{
    /// <summary>All parts together.</summary>
    public double Total => Weights + Kv + Compute + Other;
}

/// <summary>
/// Where the memory of a running server is now. The sums of RAM and swap are counters of the system; their split follows from the sizes
/// that the target allocated: mapped pages are weights, anonymous pages are the KV cache before compute buffers, and swapped pages are the
/// KV cache first.
/// </summary>
internal sealed record MemoryPlacement
{
    /// <summary>Tier 1, accelerator memory; absent without an accelerator.</summary>
    public TierParts? Accelerator { get; init; }

    /// <summary>Tier 2, RAM; absent where the server's memory cannot be read.</summary>
    public TierParts? Memory { get; init; }

    /// <summary>Tier 3, swap and what is only in the model's file or in the managed tier's; absent where it cannot be known.</summary>
    public TierParts? Storage { get; init; }

    /// <summary>Whether the part on storage is the plan of the managed tier for a full window, and not a reading.</summary>
    public bool IsStoragePlanned { get; init; }

    /// <summary>The placement now; null where no memory of the server can be read.</summary>
    /// <param name="manifest">The run.</param>
    /// <param name="allocated">What the target allocated; null where unknown.</param>
    /// <param name="machine">The machine now; null without telemetry.</param>
    public static MemoryPlacement? Compute(RunManifest manifest, AllocatedMemory? allocated, MachineSnapshot? machine)
    {
        if (machine is null || (machine.ServerAnonBytes is null && machine.GpuMemoryUsedBytes is null))
            return null;
        var tier = allocated?.Tier is { PinnedWeightBytes: not null } plan ? plan : null;
        return new MemoryPlacement
        {
            Accelerator = machine.GpuMemoryUsedBytes is { } used
                ? new TierParts(0, 0, 0, allocated?.AcceleratorBytes ?? machine.ServerGpuMemoryBytes ?? used)
                : null,
            Memory = ComputeMemory(manifest, allocated, tier, machine),
            Storage = ComputeStorage(manifest, allocated, tier, machine),
            IsStoragePlanned = tier is not null,
        };
    }

    private static TierParts? ComputeMemory(RunManifest manifest, AllocatedMemory? allocated, TierUse? tier, MachineSnapshot machine)
    {
        if (machine is not { ServerAnonBytes: { } anonymous, ServerFileBytes: { } files })
            return null;
        // Resident pages can be charged to another control group; the limit counts only those of the server's.
        if (machine.CgroupBytes is { } charged)
            (anonymous, files) = (Math.Min(anonymous, charged), Math.Min(files, Math.Max(0, charged - anonymous)));
        var mapped = Math.Min(files, (tier is null ? MappedWeights(manifest) : tier.MappedWeightBytes) ?? 0);
        var left = anonymous;
        var copied = Take(ref left, tier?.PinnedWeightBytes + (tier?.ExpertPoolBytes ?? 0) ?? manifest.Target.Shape?.RepackCopyBytes);
        var kv = Take(ref left, Subtract(tier?.PinnedKvBytes ?? allocated?.KvBytes, machine.ServerSwapBytes));
        var compute = Take(ref left, (allocated?.ComputeBytes ?? 0) + (tier?.RingBytes ?? 0));
        return new TierParts(mapped + copied, kv, compute, left + files - mapped);
    }

    private static TierParts? ComputeStorage(RunManifest manifest, AllocatedMemory? allocated, TierUse? tier, MachineSnapshot machine)
    {
        var swapped = machine.ServerSwapBytes ?? 0;
        var kv = Take(ref swapped, allocated?.KvBytes);
        if (tier is not null)
            return new TierParts((tier.StreamedWeightBytes ?? 0) + (tier.StoredExpertBytes ?? 0), kv + (tier.StreamedKvBytes ?? 0), 0,
                swapped);
        if (machine.ServerFileBytes is not { } files)
            return machine.ServerSwapBytes is null ? null : new TierParts(0, kv, 0, swapped);
        var weights = Math.Max(0, (MappedWeights(manifest) ?? 0) - files - (allocated?.AcceleratorBytes ?? 0));
        return new TierParts(weights, kv, 0, swapped);
    }

    // Null where the weights are not mapped from their file, or their size is unknown.
    private static long? MappedWeights(RunManifest manifest) =>
        manifest.Target.Shape is { WeightBytes: { } weights } shape && manifest.Plan.Options.LoadMode is null or "mmap"
            ? Math.Max(0, weights - (shape.RepackCopyBytes ?? 0))
            : null;

    private static double? Subtract(double? bytes, double? less) => bytes is { } known ? Math.Max(0, known - (less ?? 0)) : null;

    private static double Take(ref double left, double? wanted)
    {
        var taken = Math.Clamp(wanted ?? 0, 0, Math.Max(0, left));
        left -= taken;
        return taken;
    }
}
