namespace MemoryWall.Analysis.Machines;

/// <summary>The quantities by which machines are compared.</summary>
internal enum MachineQuantity
{
    /// <summary>Generation TPS: more is better.</summary>
    GenerationTps,

    /// <summary>TTFT: less is better.</summary>
    TtftSeconds,

    /// <summary>Energy above idle for each generated token: less is better.</summary>
    JoulesPerToken,

    /// <summary>Generation TPS for a thousand units of the price that the reader entered: more is better.</summary>
    TpsPerThousand,

    /// <summary>Generation TPS for each watt: more is better.</summary>
    TpsPerWatt,
}

/// <summary>What is better.</summary>
internal static class MachineQuantities
{
    /// <summary>All, in the order in which they are shown.</summary>
    public static IReadOnlyList<MachineQuantity> All { get; } = Enum.GetValues<MachineQuantity>();

    /// <summary>Whether less of it is better.</summary>
    public static bool IsLowerBetter(this MachineQuantity quantity) =>
        quantity is MachineQuantity.TtftSeconds or MachineQuantity.JoulesPerToken;
}
