using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Trials;

namespace MemoryWall.Reporting.Live;

/// <summary>The memory of a server at one moment of a run. A value that was not read is absent.</summary>
/// <param name="Seconds">Time on the run's clock.</param>
/// <param name="ContextTokens">The context that is measured; absent between two steps.</param>
/// <param name="Phase">Its phase; absent between two steps.</param>
/// <param name="MemoryBytes">RAM of the server: its control group's where it has a limit, else its resident memory.</param>
/// <param name="SwapBytes">Memory of the server in swap.</param>
internal readonly record struct LivePoint(double Seconds, int? ContextTokens, Phase? Phase, double? MemoryBytes, double? SwapBytes)
{
    /// <summary>The point of a machine's reading.</summary>
    public static LivePoint Create(double seconds, int? contextTokens, Phase? phase, MachineSnapshot? machine) =>
        new(seconds, contextTokens, phase, ReadMemory(machine), machine?.ServerSwapBytes);

    /// <summary>RAM of the server as a limit counts it; null where it cannot be read.</summary>
    public static double? ReadMemory(MachineSnapshot? machine) => machine switch
    {
        { CgroupBytes: { } group, CgroupLimitBytes: not null } => group,
        { ServerAnonBytes: { } anonymous, ServerFileBytes: { } files } =>
            Math.Min(anonymous + files, machine.CgroupBytes ?? double.PositiveInfinity),
        _ => null,
    };
}
