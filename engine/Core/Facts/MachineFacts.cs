namespace MemoryWall.Core.Facts;

/// <summary>An accelerator of the machine.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MemoryBytes">Its memory in bytes; absent where not known.</param>
/// <param name="Driver">Its driver's version; absent where not known.</param>
public sealed record GpuFacts(string Name, long? MemoryBytes, string? Driver);

/// <summary>The machine that the engine ran on. A fact that could not be read is absent.</summary>
public sealed record MachineFacts
{
    /// <summary>The operating system and its version.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>The kernel's version; absent where the system has no separate one.</summary>
    public string? Kernel { get; init; }

    /// <summary>The processor's architecture, for example <c>X64</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>The processor's name.</summary>
    public string? CpuModel { get; init; }

    /// <summary>The instruction sets that decide how fast the processor can compute, by the names of Linux: <c>avx2</c>,
    /// <c>avx512_vnni</c>, <c>amx_int8</c>, <c>asimddp</c>. Absent where they could not be read.</summary>
    public IReadOnlyList<string>? InstructionSets { get; init; }

    /// <summary>Physical cores of the machine.</summary>
    public int? PhysicalCores { get; init; }

    /// <summary>Logical processors of the machine.</summary>
    public int? LogicalCores { get; init; }

    /// <summary>Physical cores that this process may use (affinity and CPU quota respected).</summary>
    public int? AvailableCores { get; init; }

    /// <summary>RAM in bytes.</summary>
    public long? MemoryTotalBytes { get; init; }

    /// <summary>RAM available when the run started, in bytes.</summary>
    public long? MemoryAvailableBytes { get; init; }

    /// <summary>Memory limit of this process set by a container or control group, in bytes; absent for none.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>Swap in bytes; 0 where the machine has none.</summary>
    public long? SwapTotalBytes { get; init; }

    /// <summary>Accelerators found.</summary>
    public IReadOnlyList<GpuFacts> Gpus { get; init; } = [];

    /// <summary>Power source and policy (mains, battery, governor); absent where the system does not report it.</summary>
    public string? Power { get; init; }

    /// <summary>Temperature or throttling state; absent where the system does not report it.</summary>
    public string? Thermal { get; init; }

    /// <summary>Whether the machine is virtual, and how that was detected; absent where not known.</summary>
    public string? Virtualization { get; init; }
}
