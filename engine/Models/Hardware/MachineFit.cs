namespace MemoryWall.Models.Hardware;

/// <summary>Where a model with its context is on a machine.</summary>
public enum FitTier
{
    /// <summary>A size of the model is not known.</summary>
    Unknown,

    /// <summary>All layers and the KV cache are in the memory of graphics processors, or in the share of unified memory (tier 1).</summary>
    Accelerator,

    /// <summary>A part is there, and the rest in RAM (tiers 1 and 2).</summary>
    AcceleratorAndRam,

    /// <summary>All of it is in RAM (tier 2).</summary>
    Ram,

    /// <summary>Memory is not enough; a part is on storage (tier 3).</summary>
    Storage,

    /// <summary>The machine cannot hold it.</summary>
    DoesNotFit,
}

/// <summary>Why something about a fit is absent.</summary>
public enum FitGap
{
    /// <summary>Nothing is absent.</summary>
    None,

    /// <summary>The model's weights, or what a token reads of them, are not known.</summary>
    Weights,

    /// <summary>The size of the model's vocabulary is not known.</summary>
    Vocabulary,

    /// <summary>The bandwidth of a graphics processor is not known.</summary>
    GpuBandwidth,

    /// <summary>The bandwidth of the RAM is not known.</summary>
    RamBandwidth,

    /// <summary>The bandwidth of unified memory is not known.</summary>
    UnifiedBandwidth,

    /// <summary>The bandwidth of the storage is not known.</summary>
    StorageBandwidth,

    /// <summary>It is more than the graphics processors hold, and the description of the machine has no RAM.</summary>
    NoRam,

    /// <summary>The RAM that can be used is smaller than buffers and the largest layer, which must be in memory together.</summary>
    RamTooSmall,

    /// <summary>What does not fit into memory does not fit onto the storage either.</summary>
    StorageTooSmall,
}

/// <summary>A model with one context on one machine.</summary>
public sealed record MachineFit
{
    /// <summary>The context window, in tokens.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Where it is.</summary>
    public required FitTier Tier { get; init; }

    /// <summary>Why it does not fit, or is unknown.</summary>
    public FitGap TierGap { get; init; }

    /// <summary>Layers on graphics processors, the output matrix counted as one (<c>--gpu-layers</c>); 0 for none.</summary>
    public int GpuLayers { get; init; }

    /// <summary>First layers whose experts are in RAM although the layers are on graphics processors (<c>--n-cpu-moe</c>).</summary>
    public int CpuExpertLayers { get; init; }

    /// <summary>Bytes of weights, KV cache and buffers together; absent where a size is unknown.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>The part on graphics processors, or in their share of unified memory.</summary>
    public long? AcceleratorBytes { get; init; }

    /// <summary>The part in RAM.</summary>
    public long? RamBytes { get; init; }

    /// <summary>The part on storage alone.</summary>
    public long? StorageBytes { get; init; }

    /// <summary>The least bytes that one token reads at the end of the context from graphics processors.</summary>
    public double? AcceleratorReadBytes { get; init; }

    /// <summary>The same from RAM, what comes from storage included.</summary>
    public double? RamReadBytes { get; init; }

    /// <summary>The same from storage, where memory holds as much as it can of what every token reads.</summary>
    public double? StorageReadBytes { get; init; }

    /// <summary>
    /// An upper bound of the generation rate of one stream at the end of the context, in tokens per second: bytes that a token reads ÷
    /// bandwidth. Graphics processors and RAM follow each other; reading storage overlaps them. It is not a forecast, and it holds with
    /// the reserve: where the system takes less, faster memory holds more. Absent where <see cref="BoundGap"/> says why.
    /// </summary>
    public double? MaxTokensPerSecond { get; init; }

    /// <summary>Why there is no bound, where the tier is known.</summary>
    public FitGap BoundGap { get; init; }

    /// <summary>
    /// The rate that storage allows a mixture whose tokens use all experts evenly: the bound holds for tokens that use the same experts
    /// again and again. Absent where no expert is on storage, and without a
    /// bound.
    /// </summary>
    public double? EvenExpertsTokensPerSecond { get; init; }
}

/// <summary>A model on a machine.</summary>
public sealed record ModelOnMachine
{
    /// <summary>The model's name, or its architecture where it has none.</summary>
    public required string Model { get; init; }

    /// <summary>The machine's name.</summary>
    public string Machine => Spec.Name;

    internal MachineSpec Spec { get; init; } = new() { Name = "", Description = "" };

    /// <summary>The largest context that graphics processors or their share of unified memory hold, in tokens; null for none.</summary>
    public required int? AcceleratorContextTokens { get; init; }

    /// <summary>The largest context that all memory holds; null for none.</summary>
    public required int? MemoryContextTokens { get; init; }

    /// <summary>The largest context with a part on storage; null for none.</summary>
    public required int? StorageContextTokens { get; init; }

    /// <summary>The context up to which these were sought: the trained one, or the largest that was asked.</summary>
    public required int SoughtContextTokens { get; init; }

    /// <summary>Each context that was asked.</summary>
    public required IReadOnlyList<MachineFit> Contexts { get; init; }
}

/// <summary>A model on several machines.</summary>
public sealed record ModelOnMachines
{
    /// <summary>The model's name, or its architecture where it has none.</summary>
    public required string Model { get; init; }

    /// <summary>Element type of the keys.</summary>
    public required string KeyType { get; init; }

    /// <summary>Element type of the values.</summary>
    public required string ValueType { get; init; }

    /// <summary>Sequences at once (slots).</summary>
    public required int Slots { get; init; }

    /// <summary>Bytes of the weights; absent where unknown.</summary>
    public required long? WeightsBytes { get; init; }

    /// <summary>Bytes of weights that one token reads; absent where unknown.</summary>
    public required long? TouchedWeightBytes { get; init; }

    /// <summary>The context that the model was trained for; absent where unknown.</summary>
    public required int? TrainedContextTokens { get; init; }

    /// <summary>Whether the architecture's layers are read by llama.cpp's rules; otherwise the sizes may be too small.</summary>
    public required bool IsKnownArchitecture { get; init; }

    /// <summary>Whether what a token reads is so little that the largest caches of processors could hold it. The model can then be faster
    /// than the memory's bandwidth allows.</summary>
    public required bool MayFitCaches { get; init; }

    /// <summary>Each machine, in the given order.</summary>
    public required IReadOnlyList<ModelOnMachine> Machines { get; init; }
}

/// <summary>A machine, and what of it a model can use.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="UsableRamBytes">RAM, or unified memory, without the reserve; absent where the description has none.</param>
/// <param name="UsableGpuBytes">Memory of each graphics processor without the reserve, or the share of unified memory.</param>
public sealed record UsableMachine(MachineSpec Machine, long? UsableRamBytes,
    IReadOnlyList<long> UsableGpuBytes);

/// <summary>Models × contexts × machines: what fits where, and how fast it can be at most.</summary>
public sealed record MachineMatrix
{
    /// <summary>The machines.</summary>
    public required IReadOnlyList<UsableMachine> Machines { get; init; }

    /// <summary>The bandwidths of memories whose description has none.</summary>
    public required MemoryBandwidths Bandwidths { get; init; }

    /// <summary>What is left to the system and the server.</summary>
    public required MemoryReserve Reserve { get; init; }

    /// <summary>The models.</summary>
    public required IReadOnlyList<ModelOnMachines> Models { get; init; }
}
