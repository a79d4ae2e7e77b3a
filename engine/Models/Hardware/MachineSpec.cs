using MemoryWall.Core.Units;

namespace MemoryWall.Models.Hardware;

/// <summary>A machine that a model may run on, as a user describes it.</summary>
public sealed record MachineSpec
{
    /// <summary>The name that the user gave, or the description.</summary>
    public required string Name { get; init; }

    /// <summary>The description: <c>32GB+24GB-gpu</c>.</summary>
    public required string Description { get; init; }

    /// <summary>RAM, or all memory of a machine with unified memory; absent where only graphics processors are described.</summary>
    public MemoryPart? Ram { get; init; }

    /// <summary>Whether <see cref="Ram"/> is shared with the graphics processor.</summary>
    public bool IsUnified { get; init; }

    /// <summary>The graphics processors with memory of their own, in order.</summary>
    public IReadOnlyList<MemoryPart> Gpus { get; init; } = [];

    /// <summary>Storage; absent where its size is not described, and then counted as large enough.</summary>
    public MemoryPart? Storage { get; init; }
}

/// <summary>One memory of a machine.</summary>
/// <param name="Bytes">Its size as built in. Makers mean GiB by the GB of memory, and 10⁹ bytes by the GB of storage.</param>
/// <param name="BytesPerSecond">Its bandwidth; absent where the description has none.</param>
public sealed record MemoryPart(ByteSize Bytes, double? BytesPerSecond = null);
